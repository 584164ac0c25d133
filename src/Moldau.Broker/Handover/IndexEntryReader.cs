using Microsoft.Win32.SafeHandles;

namespace Moldau.Broker.Handover;

/// <summary>Reads the entries of an index, a buffer of them at a time, and passes over the zeros that a preallocated file ends with.</summary>
internal sealed class IndexEntryReader : IDisposable
{
    private const int EntriesAtOnce = 4096;

    private readonly SafeFileHandle _file;
    private readonly int _entryBytes;
    private readonly byte[] _buffer;
    private long _bufferAt;
    private int _bufferLength;
    private long _next;
    private bool _zerosBefore;

    public IndexEntryReader(string path, int entryBytes)
    {
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _entryBytes = entryBytes;
        _buffer = new byte[EntriesAtOnce * entryBytes];
        Length = RandomAccess.GetLength(_file);
    }

    public long Length { get; }

    /// <summary>Bytes behind the last whole entry.</summary>
    public long OddBytes => Length % _entryBytes;

    /// <summary>Where the entry stands that was read last.</summary>
    public long Position { get; private set; }

    /// <summary>The entry that was read last is behind one that was nothing but zeros.</summary>
    public bool BrokenPadding { get; private set; }

    /// <summary>The next entry that is not all zeros.</summary>
    public bool TryNext(out ReadOnlySpan<byte> entry)
    {
        while (_next + _entryBytes <= Length)
        {
            entry = Read(_next);
            if (entry.IsEmpty) return false;
            Position = _next;
            _next += _entryBytes;
            if (entry.ContainsAnyExcept((byte)0))
            {
                BrokenPadding = _zerosBefore;
                return true;
            }
            _zerosBefore = true;
        }
        entry = default;
        return false;
    }

    public void Dispose() => _file.Dispose();

    private ReadOnlySpan<byte> Read(long position)
    {
        if (position >= _bufferAt + _bufferLength)
        {
            _bufferAt = position;
            _bufferLength = RandomAccess.Read(_file, _buffer, position) / _entryBytes * _entryBytes;
            if (_bufferLength == 0) return default;
        }
        return _buffer.AsSpan((int)(position - _bufferAt), _entryBytes);
    }
}
