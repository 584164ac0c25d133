using System.Buffers.Binary;
using System.Globalization;
using System.Net.Sockets;
using Moldau.Protocol;
using Moldau.Protocol.Wire;

namespace Moldau.Benchmarks;

/// <summary>A connection of the smallest client: a request, and then its answer. A real client's own work would cost more than the broker's.</summary>
internal sealed class WireConnection : IDisposable
{
    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;
    private readonly byte[] _size = new byte[4];
    private byte[] _frame = new byte[1024];

    public WireConnection(string bootstrap)
    {
        string[] parts = bootstrap.Split(':');
        _tcp = new TcpClient(parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture)) { NoDelay = true };
        _stream = _tcp.GetStream();
    }

    public async Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest> where TResponse : IMessage<TResponse>
    {
        using var writer = new WireWriter();
        writer.WriteInt32(0);
        writer.WriteInt16((short)TRequest.ApiKey);
        writer.WriteInt16(version);
        writer.WriteInt32(0);
        writer.WriteString("bench", compact: false);
        if (TRequest.IsFlexible(version)) writer.WriteUnsignedVarint(0);
        request.Write(writer, version);
        writer.PatchInt32(0, writer.Length - 4);
        var segments = new List<ReadOnlyMemory<byte>>();
        writer.AppendSegments(segments);
        foreach (var segment in segments) await _stream.WriteAsync(segment);
        return Read<TRequest, TResponse>(await ReceiveAsync(), version);
    }

    public void Dispose() => _tcp.Dispose();

    private static TResponse Read<TRequest, TResponse>(ReadOnlyMemory<byte> frame, short version)
        where TRequest : IRequest<TRequest> where TResponse : IMessage<TResponse>
    {
        var reader = new WireReader(frame);
        reader.ReadInt32();
        if (TResponse.IsFlexible(version)) reader.ReadUnsignedVarint();
        return TResponse.Read(ref reader, version);
    }

    private async Task<ReadOnlyMemory<byte>> ReceiveAsync()
    {
        await _stream.ReadExactlyAsync(_size);
        int bytes = BinaryPrimitives.ReadInt32BigEndian(_size);
        if (_frame.Length < bytes) _frame = new byte[bytes];
        await _stream.ReadExactlyAsync(_frame.AsMemory(0, bytes));
        return _frame.AsMemory(0, bytes);
    }
}
