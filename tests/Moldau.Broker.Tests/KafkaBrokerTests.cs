using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests;

public sealed class KafkaBrokerTests
{
    [Fact]
    public async Task Several_brokers_run_in_one_process()
    {
        await using var one = await KafkaBroker.StartAsync(new KafkaBrokerOptions());
        await using var other = await KafkaBroker.StartAsync(new KafkaBrokerOptions());
        Assert.NotEqual(one.BootstrapServers, other.BootstrapServers);
        Assert.NotEqual(await ClusterIdAsync(one), await ClusterIdAsync(other));
    }

    [Fact]
    public async Task A_stop_ends_the_connections_and_completes()
    {
        var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions());
        using var client = WireClient.To(broker);
        await client.AskAsync<ApiVersionsRequest, ApiVersionsResponse>(new(), 0);
        await broker.StopAsync();
        Assert.Null(await client.ReceiveFrameAsync());
        await broker.Completion;
        await broker.DisposeAsync();
    }

    [Fact]
    public async Task A_waiting_fetch_is_answered_when_the_broker_stops()
    {
        var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions());
        using var producer = await TestProducer.StartAsync(broker, "t", partitions: 2);
        using var consumer = WireClient.To(broker);
        await consumer.SendAsync(Fetch(partition: 0), 12);
        // What stands behind the fetch on its connection is done after the fetch has begun; this shows when.
        await consumer.SendAsync(TestProducer.Request("t", 1, TestProducer.Batch("begun"), acks: 0), 12);
        using var other = WireClient.To(broker);
        await other.AskAsync<FetchRequest, FetchResponse>(Fetch(partition: 1), 12);

        await broker.StopAsync();
        var answer = await consumer.ReceiveAsync<FetchRequest, FetchResponse>(12);
        Assert.Equal(0, answer.Responses[0].Partitions[0].Records!.Value.Length);
    }

    [Fact]
    public async Task Credentials_are_told_without_the_password()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { SaslPort = 0 });
        Assert.DoesNotContain(broker.Credentials!.Password, broker.Credentials.ToString());
    }

    private static FetchRequest Fetch(int partition) => new()
    {
        MaxWaitMs = int.MaxValue,
        MinBytes = 1,
        Topics = [new() { Topic = "t", Partitions = [new() { Partition = partition, PartitionMaxBytes = 1000 }] }],
    };

    private static async Task<string?> ClusterIdAsync(KafkaBroker broker)
    {
        using var client = WireClient.To(broker);
        return (await client.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 9)).ClusterId;
    }
}
