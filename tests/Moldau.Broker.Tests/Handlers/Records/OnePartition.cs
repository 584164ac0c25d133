using Moldau.Broker.Topics;
using Moldau.Protocol;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>A broker in memory with one topic of one partition.</summary>
internal sealed class OnePartition : IAsyncDisposable
{
    public const string Topic = "t";

    private OnePartition(RunningBroker broker, Partition partition) => (Broker, Partition) = (broker, partition);

    public RunningBroker Broker { get; }

    public Partition Partition { get; }

    public static async Task<OnePartition> StartAsync()
    {
        var broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);
        await broker.Services.Storage.Topics.CreateAsync(new() { TimeoutMs = 10_000, Topics = [new() { Name = Topic, NumPartitions = 1, ReplicationFactor = 1 }] });
        Assert.Equal(ErrorCode.None, broker.Services.Partitions.Find(Topic, 0, out var partition));
        return new(broker, partition);
    }

    public async ValueTask DisposeAsync() => await Broker.StopAsync();
}
