using System.Text;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>Makes a topic and writes to it.</summary>
internal sealed class TestProducer(WireClient client, string topic) : IDisposable
{
    private const short Version = 12;

    public static async Task<TestProducer> StartAsync(KafkaBroker broker, string topic, int partitions, params (string Name, string Value)[] settings)
    {
        var client = WireClient.To(broker);
        var wanted = new CreateTopicsRequest.CreatableTopic { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 };
        wanted.Configs.AddRange(settings.Select(setting => new CreateTopicsRequest.CreatableTopicConfig { Name = setting.Name, Value = setting.Value }));
        var made = await client.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(new() { Topics = [wanted], TimeoutMs = 10_000 }, 7);
        Assert.Equal(ErrorCode.None, made.Topics[0].ErrorCode);
        return new TestProducer(client, topic);
    }

    public Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(int partition, params string[] values) => ProduceAsync(partition, Batch(values));

    public async Task<ProduceResponse.PartitionProduceResponse> ProduceAsync(int partition, byte[] batch)
    {
        var answer = await client.AskAsync<ProduceRequest, ProduceResponse>(Request(topic, partition, batch, acks: -1), Version);
        return answer.Responses[0].PartitionResponses[0];
    }

    public static ProduceRequest Request(string topic, int partition, byte[] batch, short acks, int timeoutMs = 10_000) => new()
    {
        Acks = acks,
        TimeoutMs = timeoutMs,
        TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = batch }] }],
    };

    public static byte[] Batch(params string[] values) => BatchAt(1_700_000_000_000, values);

    public static byte[] BatchAt(long timestampMs, params string[] values)
    {
        using var builder = new BatchBuilder();
        foreach (string value in values) builder.Append(timestampMs, null, Encoding.UTF8.GetBytes(value));
        return builder.BuildArray();
    }

    public void Dispose() => client.Dispose();
}
