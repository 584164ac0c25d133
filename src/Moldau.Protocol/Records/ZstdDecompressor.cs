using System.Buffers;
using System.Collections.Concurrent;
using ZstdSharp;

namespace Moldau.Protocol.Records;

/// <summary>The zstd codec. Its contexts are large and live outside the managed heap, so a few of them are kept for the next batches.</summary>
internal sealed class ZstdDecompressor(ReadOnlyMemory<byte> compressed, long outputBytesMax) : Decompressor(compressed, outputBytesMax)
{
    /// <summary>A context that has seen a frame with a larger history (in bytes) is not kept, since it holds on to that memory.</summary>
    private const long KeptHistoryBytesMax = 8 * 1024 * 1024;

    private static readonly ConcurrentQueue<ZstdSharp.Decompressor> Kept = [];

    private readonly bool _keep = HistoryBytes(compressed.Span) <= KeptHistoryBytesMax;
    private ZstdSharp.Decompressor? _context;
    private bool _frameOpen = compressed.IsEmpty;

    protected override ReadOnlySpan<byte> ReadWindow()
    {
        var window = Window(WindowBytes);
        try
        {
            return window.AsSpan(0, Unwrap(window.AsSpan(0, WindowBytes)));
        }
        catch (ZstdException e)
        {
            throw Undecodable("zstd", "a frame is damaged", e);
        }
    }

    protected override void Release()
    {
        if (_context is null) return;
        if (_keep && Kept.Count < Environment.ProcessorCount)
        {
            _context.ResetStream();
            Kept.Enqueue(_context);
        }
        else
        {
            _context.Dispose();
        }
        _context = null;
    }

    private int Unwrap(Span<byte> window)
    {
        _context ??= Kept.TryDequeue(out var kept) ? kept : new ZstdSharp.Decompressor();
        while (true)
        {
            if (Compressed.IsEmpty && !_frameOpen) return 0;
            var status = _context.UnwrapStream(Compressed.Span, window, out int consumed, out int written);
            Compressed = Compressed[consumed..];
            _frameOpen = status != OperationStatus.Done;
            if (written > 0) return written;
            if (consumed == 0 && _frameOpen) throw Undecodable("zstd", "it is cut");
        }
    }

    // A frame: | magic 4 | descriptor 1 | window 0 or 1 | ...; in a frame of a single segment the content itself is the history.
    private static long HistoryBytes(ReadOnlySpan<byte> frame)
    {
        const int DescriptorAt = 4, SingleSegment = 0x20;
        if (frame.Length < DescriptorAt + 2 || (frame[DescriptorAt] & SingleSegment) != 0) return 0;
        byte window = frame[DescriptorAt + 1];
        return (8L + (window & 7)) << (7 + (window >> 3));
    }
}
