using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Config;
using Moldau.Broker.Net;
using Moldau.Broker.Security;
using Moldau.Broker.Topics;
using Moldau.Protocol;

namespace Moldau.Broker;

/// <summary>The composition root: makes the parts of a broker in the order in which they need each other, and stops them in the other one.</summary>
internal sealed class RunningBroker
{
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lazy<Task> _stopping;
    private readonly BrokerServices _services;

    private RunningBroker(BrokerServices services, Network network)
    {
        _services = services;
        Network = network;
        _stopping = new Lazy<Task>(StopOnceAsync);
    }

    public Network Network { get; }

    public FirstStartCredentials? Credentials { get; private init; }

    public string? DataDirectory => _services.Config.Storage.LogDirectory is { } log ? Path.GetDirectoryName(Path.GetFullPath(log)) : null;

    public Task Completion => _stopped.Task;

    public static Task<RunningBroker> StartAsync(KafkaBrokerOptions options, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var config = BrokerConfig.Load(options);
        var services = new BrokerServices
        {
            Config = config,
            Limits = ConnectionLimits.From(config.Connections),
            Loggers = options.LoggerFactory ?? NullLoggerFactory.Instance,
            Time = options.TimeProvider,
            Metrics = new BrokerMetrics(),
            ClusterId = KafkaUuid.ToText(Guid.NewGuid()),
            Memory = new MemoryBudget(ConnectionLimits.From(config.Connections).RequestMemoryBytesMax),
            Partitions = new NoPartitions(),
        };
        var network = new Network(services, new NoCredentials());
        var running = new RunningBroker(services, network);
        network.Open();
        return Task.FromResult(running);
    }

    public Task StopAsync() => _stopping.Value;

    private async Task StopOnceAsync()
    {
        await Network.DisposeAsync().ConfigureAwait(false);
        _services.Metrics.Dispose();
        _stopped.TrySetResult();
    }

    private sealed class NoPartitions : IPartitions
    {
        public ErrorCode Find(string topic, int index, out Partition partition)
        {
            partition = null!;
            return ErrorCode.UnknownTopicOrPartition;
        }

        public ErrorCode Find(Guid topicId, int index, out Partition partition)
        {
            partition = null!;
            return ErrorCode.UnknownTopicId;
        }
    }

    private sealed class NoCredentials : IScramCredentials
    {
        public ScramCredential? Find(ScramMechanism mechanism, string user) => null;
    }
}
