using System.Text;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>Makes a topic and writes to it.</summary>
internal sealed class TestProducer(WireClient client, string topic) : IDisposable
{
    private const short Version = 12;

    public static async Task<TestProducer> StartAsync(KafkaBroker broker, string topic, int partitions)
    {
        var client = WireClient.To(broker);
        var made = await client.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(
            new() { Topics = [new() { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }], TimeoutMs = 10_000 }, 7);
        Assert.Equal(ErrorCode.None, made.Topics[0].ErrorCode);
        return new TestProducer(client, topic);
    }

    public async Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(int partition, params string[] values)
    {
        var answer = await client.AskAsync<ProduceRequest, ProduceResponse>(Request(topic, partition, Batch(values), acks: -1), Version);
        return answer.Responses[0].PartitionResponses[0];
    }

    public static ProduceRequest Request(string topic, int partition, byte[] batch, short acks) => new()
    {
        Acks = acks,
        TimeoutMs = 10_000,
        TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = batch }] }],
    };

    public static byte[] Batch(params string[] values)
    {
        using var builder = new BatchBuilder();
        foreach (string value in values) builder.Append(1_700_000_000_000, null, Encoding.UTF8.GetBytes(value));
        return builder.BuildArray();
    }

    public void Dispose() => client.Dispose();
}
