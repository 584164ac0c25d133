using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using Moldau.Protocol;

namespace Moldau.Broker.Net;

/// <summary>
/// Cuts a connection's bytes into frames: size (4 bytes), then that many bytes. A frame is one contiguous piece of a pooled buffer that
/// grows as the bytes arrive; what a client merely announces is never allocated.
/// </summary>
internal sealed class FrameReader(ITransport transport, MemoryBudget memory, int frameBytesMax) : IDisposable
{
    public const int SizeBytes = 4;

    private const int ApiKeyBytes = 2;

    // Frames up to this size that a connection has sent in full let its next frame start at that size, which saves growing by copying.
    private const int ProvenBytesMax = 4 * 1024 * 1024;

    private byte[] _buffer = [];
    private int _start;
    private int _end;
    private int _taken;
    private long _reserved;
    private int _proven;
    private long _bytesReceived;
    private volatile bool _isFillingReservation;
    private volatile bool _isReceiving;

    /// <summary>Bytes received so far.</summary>
    public long BytesReceived => Volatile.Read(ref _bytesReceived);

    /// <summary>While this stays false nobody sees that the client has gone.</summary>
    public bool IsReceiving => _isReceiving;

    /// <summary>While this stays true the client has memory that it does not use up yet.</summary>
    public bool IsFillingReservation => _isFillingReservation;

    /// <summary>The largest frame that may come; small before the client is authenticated.</summary>
    public int FrameBytesMax { get; set; } = frameBytesMax;

    /// <summary>Stays true while the stream ends between two frames, so that a clean end can be told from a torn one.</summary>
    public bool IsBetweenFrames => _start + _taken == _end;

    /// <summary>The next frame's bytes without their size, valid until <see cref="Drop"/>; null at the end of the stream.</summary>
    /// <exception cref="ConnectionEndException">The announced size is refused.</exception>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<ReadOnlyMemory<byte>?> NextAsync(CancellationToken cancellation)
    {
        Drop();
        while (_end - _start < SizeBytes)
        {
            if (!await ReceiveAsync(SizeBytes).ConfigureAwait(false)) return null;
        }
        int size = BinaryPrimitives.ReadInt32BigEndian(_buffer.AsSpan(_start));
        if ((uint)size > (uint)FrameBytesMax) throw Refused(size, FrameBytesMax);
        if (size > ConnectionLimits.RequestBytesMaxBesidesProduce)
        {
            while (_end - _start < SizeBytes + ApiKeyBytes)
            {
                if (!await ReceiveAsync(SizeBytes + ApiKeyBytes).ConfigureAwait(false)) return null;
            }
            CheckApiOfLargeFrame(size);
        }
        int total = SizeBytes + size;
        if (total > ConnectionLimits.UnreservedBytes) await ReserveAsync(total, cancellation).ConfigureAwait(false);
        while (_end - _start < total)
        {
            if (!await ReceiveAsync(total).ConfigureAwait(false)) return null;
        }
        _isFillingReservation = false;
        _taken = total;
        _proven = Math.Max(_proven, Math.Min(total, ProvenBytesMax));
        return _buffer.AsMemory(_start + SizeBytes, size);
    }

    /// <summary>Lets the frame go, and the memory of a large one: its request may be under way for long.</summary>
    public void Drop()
    {
        _start += _taken;
        _taken = 0;
        if (_start == _end)
        {
            _start = _end = 0;
            if (_buffer.Length > ConnectionLimits.UnreservedBytes) GiveBack();
        }
    }

    public void Dispose()
    {
        GiveBack();
        _start = _end = _taken = 0;
    }

    private async ValueTask ReserveAsync(int total, CancellationToken cancellation)
    {
        await memory.ReserveAsync(total, cancellation).ConfigureAwait(false);
        _reserved = total;
        _isFillingReservation = true;
    }

    private void GiveBack()
    {
        if (_buffer.Length > 0) FrameBuffers.Return(_buffer);
        _buffer = [];
        if (_reserved > 0) memory.Release(_reserved);
        _reserved = 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReceiveAsync(int total)
    {
        MakeRoom(total);
        // A large frame is received to its end and no further, so that the next one starts in a small buffer of its own.
        int free = _buffer.Length - _end;
        int want = total > ConnectionLimits.UnreservedBytes ? Math.Min(free, _start + total - _end) : free;
        _isReceiving = true;
        int received = await transport.ReceiveAsync(_buffer.AsMemory(_end, want)).ConfigureAwait(false);
        _isReceiving = false;
        _end += received;
        Volatile.Write(ref _bytesReceived, _bytesReceived + received);
        return received > 0;
    }

    private void MakeRoom(int total)
    {
        if (_start + total <= _buffer.Length) return;
        int have = _end - _start;
        if (total <= _buffer.Length)
        {
            _buffer.AsSpan(_start, have).CopyTo(_buffer);
        }
        else
        {
            if (_start == 0 && _end < _buffer.Length) return; // It grows only when it is full.
            int larger = Math.Max(ConnectionLimits.UnreservedBytes, Math.Min(total, Math.Max(_buffer.Length * 2, _proven)));
            byte[] grown = FrameBuffers.Rent(larger);
            _buffer.AsSpan(_start, have).CopyTo(grown);
            if (_buffer.Length > 0) FrameBuffers.Return(_buffer);
            _buffer = grown;
        }
        _start = 0;
        _end = have;
    }

    private void CheckApiOfLargeFrame(int size)
    {
        var api = (ApiKey)BinaryPrimitives.ReadInt16BigEndian(_buffer.AsSpan(_start + SizeBytes));
        if (api != ApiKey.Produce) throw Refused(size, ConnectionLimits.RequestBytesMaxBesidesProduce);
    }

    private static ConnectionEndException Refused(int size, int bytesMax) => new(ConnectionEnd.FrameSizeRefused, IsTlsHello(size)
        ? "it began a TLS handshake, and this listener is one without TLS: the client's security.protocol does not fit the port"
        : size < 0
        ? $"it announced a request of {size} bytes"
        : $"it announced a request of {size} bytes, the limit is {bytesMax}");

    /// <summary>Type 22 (handshake), version 3.x and the length's first byte, read as a size: above 350 MB, so never a request that is taken.</summary>
    private static bool IsTlsHello(int size) => size >>> 16 == 0x1603;
}

/// <summary>
/// The pool of frame buffers. In debug builds a returned buffer is overwritten, so that who reads it too late reads nonsense.
/// </summary>
internal static class FrameBuffers
{
    private const byte Poison = 0xdb;

    public static byte[] Rent(int bytes) => ArrayPool<byte>.Shared.Rent(bytes);

    public static void Return(byte[] buffer)
    {
#if DEBUG
        buffer.AsSpan().Fill(Poison);
#else
        _ = Poison;
#endif
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
