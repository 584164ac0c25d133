using Moldau.Protocol;
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
    public async Task A_waiting_fetch_does_not_hold_up_the_stop()
    {
        var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions());
        using var producer = await Handlers.Records.TestProducer.StartAsync(broker, "t", partitions: 1);
        using var consumer = WireClient.To(broker);
        await consumer.SendAsync(new FetchRequest
        {
            MaxWaitMs = int.MaxValue,
            MinBytes = 1,
            Topics = [new() { Topic = "t", Partitions = [new() { PartitionMaxBytes = 1000 }] }],
        }, 12);
        await broker.StopAsync();
        await broker.DisposeAsync();
    }

    [Fact]
    public async Task Credentials_are_told_without_the_password()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { SaslPort = 0 });
        Assert.DoesNotContain(broker.Credentials!.Password, broker.Credentials.ToString());
    }

    private static async Task<string?> ClusterIdAsync(KafkaBroker broker)
    {
        using var client = WireClient.To(broker);
        return (await client.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = [] }, 9)).ClusterId;
    }
}
