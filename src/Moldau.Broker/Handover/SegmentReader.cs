using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Handover;

/// <summary>Why the batches of a segment, or of a snapshot of the metadata, came to an end.</summary>
internal enum SegmentEnd
{
    NotReached,

    /// <summary>The last batch ends where the file does.</summary>
    Whole,

    /// <summary>The file ends within a batch: Kafka's walk stops before it without a word.</summary>
    Incomplete,

    /// <summary>A length below that of any batch: Kafka's walk throws.</summary>
    LengthTooSmall,
}

/// <summary>
/// Walks over the batches of a file as Kafka's FileLogInputStream does, and sums up their checksums on the way. Only the window is
/// held in memory, however large the file or a batch of it is.
/// </summary>
internal sealed class SegmentReader : IDisposable
{
    /// <summary>The least length that Kafka takes for one: that of a message of its first format.</summary>
    private const int LengthMin = 14;

    private const int HeaderUpToMagic = BatchHeader.MagicAt + 1;

    private readonly SafeFileHandle _file;
    private readonly byte[] _window;
    private long _windowAt;
    private int _windowLength;

    public SegmentReader(string path, byte[] window)
    {
        _file = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        _window = window;
        Length = RandomAccess.GetLength(_file);
    }

    public long Length { get; }

    /// <summary>Where the current batch begins.</summary>
    public long Position { get; private set; }

    /// <summary>Where the next batch begins: once the end is reached, how far whole batches go.</summary>
    public long Next { get; private set; }

    public BatchHeader Current { get; private set; }

    /// <summary>Kafka's own test of a batch: it is as long as its header at least, and its checksum is right.</summary>
    public bool IsValid { get; private set; }

    /// <summary>A batch of format 0 or 1, which Kafka wrote before 0.11. Of its header only offset and length say something.</summary>
    public bool IsLegacy => Current.Magic is 0 or 1;

    public SegmentEnd End { get; private set; }

    public bool MoveNext()
    {
        if (End != SegmentEnd.NotReached) return false;
        End = Judge(Next, out int length);
        if (End != SegmentEnd.NotReached) return false;
        Position = Next;
        Next = Position + BatchHeader.LengthOverhead + length;
        ReadCurrent(length);
        return true;
    }

    /// <summary>The bytes of the current batch, if they are no more than so many.</summary>
    public byte[]? CurrentBytes(int bytesMax)
    {
        long count = Next - Position;
        return count <= bytesMax ? ReadBytes(Position, (int)count) : null;
    }

    /// <summary>Bytes of the file, fewer at its end.</summary>
    public byte[] ReadBytes(long position, int count)
    {
        byte[] bytes = new byte[Math.Max(0, Math.Min(count, Length - position))];
        int read = 0;
        while (read < bytes.Length && RandomAccess.Read(_file, bytes.AsSpan(read), position + read) is > 0 and var more) read += more;
        return read == bytes.Length ? bytes : bytes[..read];
    }

    public void Dispose() => _file.Dispose();

    private SegmentEnd Judge(long position, out int length)
    {
        length = 0;
        if (position == Length) return SegmentEnd.Whole;
        if (Length - position <= HeaderUpToMagic) return SegmentEnd.Incomplete;
        length = BinaryPrimitives.ReadInt32BigEndian(See(position, HeaderUpToMagic)[BatchHeader.LengthAt..]);
        if (length < LengthMin) return SegmentEnd.LengthTooSmall;
        return position > Length - BatchHeader.LengthOverhead - length ? SegmentEnd.Incomplete : SegmentEnd.NotReached;
    }

    private void ReadCurrent(int length)
    {
        var start = See(Position, (int)Math.Min(BatchHeader.Size, Next - Position));
        bool isBatch = BatchHeader.TryRead(start, out var header) && header.Magic is not (0 or 1);
        Current = isBatch ? header : OnlyPlace(start, length);
        IsValid = IsLegacy || isBatch && header.Crc == CrcOf(Position + BatchHeader.AttributesAt, Next);
    }

    /// <summary>What a message of an old format, or a batch too short for a header, says in the place of one. The offset is the last that it holds.</summary>
    private static BatchHeader OnlyPlace(ReadOnlySpan<byte> start, int length) => new()
    {
        BaseOffset = BinaryPrimitives.ReadInt64BigEndian(start),
        Length = length,
        Magic = (sbyte)start[BatchHeader.MagicAt],
        LeaderEpoch = BatchHeader.None,
        MaxTimestamp = BatchHeader.None,
        ProducerId = BatchHeader.None,
    };

    private uint CrcOf(long from, long to)
    {
        uint crc = 0;
        while (from < to)
        {
            var piece = See(from, 1);
            piece = piece[..(int)Math.Min(piece.Length, to - from)];
            crc = Crc32C.Append(crc, piece);
            from += piece.Length;
        }
        return crc;
    }

    /// <summary>What of the window begins at the position: so many bytes at least.</summary>
    private ReadOnlySpan<byte> See(long position, int count)
    {
        if (position < _windowAt || position + count > _windowAt + _windowLength) Load(position, count);
        return _window.AsSpan((int)(position - _windowAt).._windowLength);
    }

    private void Load(long position, int count)
    {
        _windowAt = position;
        _windowLength = 0;
        while (_windowLength < _window.Length && RandomAccess.Read(_file, _window.AsSpan(_windowLength), position + _windowLength) is > 0 and var more)
        {
            _windowLength += more;
        }
        if (_windowLength < count) throw new IOException("It became shorter while it was read.");
    }
}
