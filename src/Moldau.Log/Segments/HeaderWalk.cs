using Moldau.Log.Files;
using Moldau.Protocol.Records;

namespace Moldau.Log.Segments;

/// <summary>Walks from batch to batch in a file, reading a small window at a time and of each batch the header only.</summary>
internal ref struct HeaderWalk(IStoredFile file, int position, int end, Span<byte> window)
{
    /// <summary>A window of this many bytes holds the headers of what stands between two index entries, if batches are small.</summary>
    public const int WindowBytes = 4096;

    private readonly Span<byte> _window = window;
    private int _next = position;
    private int _windowAt = position;
    private int _windowCount = 0;
    private BatchHeader _header = default;

    public readonly BatchHeader Header => _header;

    /// <summary>Where the current batch begins.</summary>
    public int Position { get; private set; } = position;

    /// <summary>Where what follows the current batch begins. Before the end, when there is no next batch, it is none.</summary>
    public readonly int Next => _next;

    /// <summary>False at the end, and where what follows is no whole batch.</summary>
    public bool MoveNext()
    {
        if (_next < 0 || end - _next < BatchHeader.Size) return false;
        if (_next + BatchHeader.Size > _windowAt + _windowCount)
        {
            _windowAt = _next;
            _windowCount = file.Read(_next, _window[..Math.Min(_window.Length, end - _next)]);
        }
        if (!BatchHeader.TryRead(_window[(_next - _windowAt).._windowCount], out _header)) return false;
        if (_header.Length < BatchHeader.Size - BatchHeader.LengthOverhead || _header.Length > end - _next - BatchHeader.LengthOverhead) return false;
        Position = _next;
        _next += _header.TotalBytes;
        return true;
    }
}
