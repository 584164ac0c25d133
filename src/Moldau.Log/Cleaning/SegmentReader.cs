using System.Buffers;

using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Log.Cleaning;

/// <summary>
/// Reads segments batch by batch, each checked, its place too, which no checksum covers. The buffer grows for a batch that is larger and only as far as the file goes;
/// with the next segment it has its size again.
/// </summary>
internal sealed class SegmentReader(CleaningSettings settings) : IDisposable
{
    private readonly int _bufferBytes = Math.Max(settings.IoBufferBytes / 2, BatchHeader.Size);
    private byte[] _buffer = [];
    private Segment? _segment;
    private int _size;
    private BatchPlace _place;
    private int _next;
    private int _windowAt;
    private int _windowCount;
    private BatchHeader _header;

    public BatchHeader Header => _header;

    /// <summary>The current batch, valid until the next is read.</summary>
    public ReadOnlyMemory<byte> Batch => _buffer.AsMemory(Position - _windowAt, _header.TotalBytes);

    /// <summary>Where in the file the current batch begins.</summary>
    public int Position { get; private set; }

    /// <summary>Begins with the batch at a position of a segment whose offsets end before the given one.</summary>
    public void Begin(Segment segment, int position, long endOffset)
    {
        if (_buffer.Length == 0 || _buffer.Length >= 2 * _bufferBytes) Resize(_bufferBytes);
        _segment = segment;
        _size = segment.Size;
        _next = _windowAt = position;
        _place = new BatchPlace(segment.BaseOffset, endOffset);
        _windowCount = 0;
    }

    /// <summary>False at the end of the segment.</summary>
    /// <exception cref="UncleanableLogException">What follows is no whole and undamaged batch.</exception>
    public bool MoveNext()
    {
        if (_next == _size) return false;
        Position = _next;
        Need(BatchHeader.Size);
        BatchHeader.TryRead(_buffer.AsSpan(_next - _windowAt), out _header);
        if (_header.Magic != BatchHeader.CurrentMagic) throw Uncleanable($"the batch there has the format version {_header.Magic}");
        if (_header.Length < BatchHeader.Size - BatchHeader.LengthOverhead) throw Uncleanable("the batch there is shorter than its header");
        if (_header.Length > settings.BatchBytesMax) throw Uncleanable($"the batch there says that it has {_header.Length} bytes");
        Need(_header.TotalBytes);
        if (!_header.CrcMatches(Batch.Span)) throw Uncleanable($"the checksum of the batch at offset {_header.BaseOffset} is wrong");
        if (_header.LastOffsetDelta < 0 || _header.RecordCount < 0) throw Uncleanable($"the batch at offset {_header.BaseOffset} counts below zero");
        if (!_place.Takes(_header)) throw Uncleanable($"the batch there says that it begins at offset {_header.BaseOffset}, where it cannot stand");
        _place = _place.Behind(_header);
        _next += _header.TotalBytes;
        return true;
    }

    /// <summary>The exception that says what is wrong with the current batch.</summary>
    public UncleanableLogException Uncleanable(string problem, Exception? cause = null) =>
        new(_segment!.Log.Path, Position, problem, cause);

    public void Dispose() => Resize(0);

    /// <summary>Has so many bytes from the current batch on in the buffer.</summary>
    private void Need(int count)
    {
        if (_next + (long)count <= _windowAt + (long)_windowCount) return;
        if (count > _size - _next) throw Uncleanable("the file ends within the batch");
        if (count > _buffer.Length) Resize(count);
        _windowAt = _next;
        _windowCount = _segment!.Log.Read(_next, _buffer.AsSpan(0, Math.Min(_buffer.Length, _size - _next)));
        if (_windowCount < count) throw Uncleanable("the file has become shorter");
    }

    /// <summary>What the buffer holds is lost.</summary>
    private void Resize(int bytes)
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = bytes > 0 ? ArrayPool<byte>.Shared.Rent(bytes) : [];
        _windowCount = 0;
    }
}
