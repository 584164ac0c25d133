using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Benchmarks;

/// <summary>The smallest producer: asks for a topic until it exists and sends one record.</summary>
internal static class RawProduce
{
    private const string Topic = "first";

    public static void Once(string bootstrap)
    {
        using var connection = new WireConnection(bootstrap);
        var metadata = new MetadataRequest { Topics = [new() { Name = Topic }], AllowAutoTopicCreation = true };
        while (connection.AskAsync<MetadataRequest, MetadataResponse>(metadata, version: 8).GetAwaiter().GetResult().Topics[0].ErrorCode != ErrorCode.None) { }
        var produce = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [new() { Name = Topic, PartitionData = [new() { Index = 0, Records = OneRecord() }] }],
        };
        var error = connection.AskAsync<ProduceRequest, ProduceResponse>(produce, version: 7).GetAwaiter().GetResult().Responses[0].PartitionResponses[0].ErrorCode;
        if (error != ErrorCode.None) throw new InvalidOperationException($"The record was refused: {error}.");
    }

    private static byte[] OneRecord()
    {
        using var builder = new BatchBuilder();
        return builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), key: null, value: "hello"u8.ToArray()).BuildArray();
    }
}
