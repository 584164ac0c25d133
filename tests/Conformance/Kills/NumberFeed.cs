using Confluent.Kafka;

namespace Moldau.Conformance.Kills;

/// <summary>Writes one number after the other into a topic, each once though the broker is killed meanwhile, and each partition as many as the others.</summary>
internal sealed class NumberFeed(string bootstrap, string topic, int partitions) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly IProducer<Null, string> _producer = new ProducerBuilder<Null, string>(new ProducerConfig
    {
        BootstrapServers = bootstrap,
        EnableIdempotence = true,
        ReconnectBackoffMaxMs = 500,
    }).SetErrorHandler((_, _) => { }).SetLogHandler((_, _) => { }).Build();

    private readonly List<Task> _sent = [];

    public int Count => _sent.Count;

    /// <summary>A number for each partition.</summary>
    public void Feed()
    {
        for (int partition = 0; partition < partitions; partition++)
            _sent.Add(_producer.ProduceAsync(new TopicPartition(topic, partition), new() { Value = $"{Count}" }));
    }

    /// <summary>When all of them are acknowledged.</summary>
    public Task CompleteAsync() => Task.WhenAll(_sent).WaitAsync(Patience);

    public void Dispose() => _producer.Dispose();
}
