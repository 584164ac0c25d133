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

    private bool _keep = true;
    private ZstdSharp.Decompressor? _context;
    private bool _frameOpen = compressed.IsEmpty;
    private bool _isInFrame;

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
            // Once the decoder is inside a frame, what is left no longer begins with a header.
            if (!_isInFrame) _keep &= HistoryBytes(Compressed.Span) <= KeptHistoryBytesMax;
            var status = _context.UnwrapStream(Compressed.Span, window, out int consumed, out int written);
            Compressed = Compressed[consumed..];
            _frameOpen = _isInFrame = status != OperationStatus.Done;
            if (written > 0) return written;
            if (consumed == 0 && _frameOpen) throw Undecodable("zstd", "it is cut");
        }
    }

    // A frame: | magic 4 | descriptor 1 | window 0 or 1 | dictionary id 0, 1, 2 or 4 | content size 0, 1, 2, 4 or 8, little-endian | ...
    // In a frame of a single segment there is no window: the content itself is the history.
    private static long HistoryBytes(ReadOnlySpan<byte> frame)
    {
        const int DescriptorAt = 4, SingleSegment = 0x20;
        if (frame.Length < DescriptorAt + 2) return 0;
        byte descriptor = frame[DescriptorAt];
        if ((descriptor & SingleSegment) != 0) return ContentBytes(frame[(DescriptorAt + 1)..], descriptor);
        byte window = frame[DescriptorAt + 1];
        return (8L + (window & 7)) << (7 + (window >> 3));
    }

    private static long ContentBytes(ReadOnlySpan<byte> afterDescriptor, byte descriptor)
    {
        int dictionaryIdBytes = (descriptor & 3) switch { 3 => 4, var bytes => bytes };
        int sizeBytes = 1 << (descriptor >> 6);
        if (afterDescriptor.Length < dictionaryIdBytes + sizeBytes) return 0;
        ulong size = 0;
        for (int i = sizeBytes - 1; i >= 0; i--) size = (size << 8) | afterDescriptor[dictionaryIdBytes + i];
        return (long)Math.Min(size, long.MaxValue);
    }
}
