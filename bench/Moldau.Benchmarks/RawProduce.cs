using System.Buffers.Binary;
using System.Net.Sockets;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Benchmarks;

/// <summary>The smallest producer: asks for a topic until it exists and sends one record. A real client's own start would cost more than the broker's.</summary>
internal static class RawProduce
{
    private const string Topic = "first";

    public static void Once(string bootstrap)
    {
        string[] parts = bootstrap.Split(':');
        using var client = new TcpClient(parts[0], int.Parse(parts[1], System.Globalization.CultureInfo.InvariantCulture)) { NoDelay = true };
        var stream = client.GetStream();
        var metadata = new MetadataRequest { Topics = [new() { Name = Topic }], AllowAutoTopicCreation = true };
        while (Ask<MetadataRequest, MetadataResponse>(stream, metadata, version: 8).Topics[0].ErrorCode != ErrorCode.None) { }
        var produce = new ProduceRequest
        {
            Acks = -1,
            TimeoutMs = 30_000,
            TopicData = [new() { Name = Topic, PartitionData = [new() { Index = 0, Records = OneRecord() }] }],
        };
        var error = Ask<ProduceRequest, ProduceResponse>(stream, produce, version: 7).Responses[0].PartitionResponses[0].ErrorCode;
        if (error != ErrorCode.None) throw new InvalidOperationException($"The record was refused: {error}.");
    }

    private static byte[] OneRecord()
    {
        using var builder = new BatchBuilder();
        return builder.Append(DateTimeOffset.UtcNow.ToUnixTimeMilliseconds(), key: null, value: "hello"u8.ToArray()).BuildArray();
    }

    private static TResponse Ask<TRequest, TResponse>(NetworkStream stream, TRequest request, short version)
        where TRequest : IRequest<TRequest> where TResponse : IMessage<TResponse>
    {
        using var writer = new WireWriter();
        writer.WriteInt32(0);
        new RequestHeader { RequestApiKey = (short)TRequest.ApiKey, RequestApiVersion = version, ClientId = "bench" }.Write(writer, 1);
        request.Write(writer, version);
        writer.PatchInt32(0, writer.Length - 4);
        stream.Write(writer.Written.Span);
        byte[] size = new byte[4];
        stream.ReadExactly(size);
        byte[] frame = new byte[BinaryPrimitives.ReadInt32BigEndian(size)];
        stream.ReadExactly(frame);
        var reader = new WireReader(frame);
        reader.ReadInt32();
        return TResponse.Read(ref reader, version);
    }
}
