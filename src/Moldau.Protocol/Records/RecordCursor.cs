using System.Runtime.CompilerServices;

namespace Moldau.Protocol.Records;

/// <summary>Why a record could not be read.</summary>
internal enum RecordFault
{
    None,

    /// <summary>The bytes end before the record does.</summary>
    EndOfBytes,

    /// <summary>The length in front of the record is no varint.</summary>
    LengthUnreadable,

    /// <summary>What is inside the record does not add up to its length.</summary>
    Malformed,
}

/// <summary>Where the parts of a record are: positions count from the first decompressed byte, a negative length is null.</summary>
internal struct RecordShape
{
    public long TimestampDelta;
    public int OffsetDelta;
    public long KeyAt;
    public int KeyLength;
    public long ValueAt;
    public int ValueLength;
    public int HeaderCount;
    public long HeadersAt;
    public long EndAt;
}

/// <summary>
/// The one walk over the records of a batch; every reader and check is built on it. It allocates nothing and sees the bytes
/// through a window: all of them at once where they are not compressed, else one window of the decompressor after the other.
/// <code>
/// length varint | attributes 1 | timestamp delta varlong | offset delta varint | key length varint | key
///   | value length varint | value | header count varint | (name length varint | name | value length varint | value) ...
/// </code>
/// </summary>
internal ref struct RecordCursor
{
    private const int VarintBytesMax = 5;
    private const int VarlongBytesMax = 10;

    private readonly Decompressor? _source;
    private ReadOnlySpan<byte> _window;
    private int _position;
    private long _passed;
    private long _recordEnd;
    private RecordFault _fault;

    /// <summary>A walk over records that are not compressed.</summary>
    public RecordCursor(ReadOnlySpan<byte> records) => _window = records;

    /// <summary>A walk over what <paramref name="source"/> decompresses.</summary>
    public RecordCursor(Decompressor source) => _source = source;

    /// <summary>Bytes that lie behind, counted after decompression.</summary>
    public readonly long Consumed => _passed + _position;

    /// <summary>Whether nothing is left. Decompresses the next window where it must.</summary>
    public bool AtEnd() => _position == _window.Length && !Refill();

    /// <summary>Reads one record. After a fault the walk is over.</summary>
    /// <exception cref="MalformedBatchException">The bytes cannot be decompressed.</exception>
    public RecordFault Next(out RecordShape shape) => TryNextPlain(out shape) ? RecordFault.None : NextOfAnyForm(out shape);

    /// <summary>
    /// The usual record: whole in the window, good, and no number in it longer than two bytes. It is read without touching a field
    /// of the cursor, which takes a third of the time; on anything else this gives up and has moved nothing.
    /// </summary>
    private bool TryNextPlain(out RecordShape shape)
    {
        Unsafe.SkipInit(out shape);
        var window = _window;
        int at = _position;
        if (!TryReadShort(window, ref at, out int length) || (uint)length > (uint)(window.Length - at)) return false;
        var record = window[..(at + length)];
        at++;
        if (!TryReadShort(record, ref at, out int timestampDelta) || !TryReadShort(record, ref at, out int offsetDelta)) return false;
        if (!TryReadShort(record, ref at, out int keyLength)) return false;
        int keyAt = at;
        at += Math.Max(0, keyLength);
        if (!TryReadShort(record, ref at, out int valueLength)) return false;
        int valueAt = at;
        at += Math.Max(0, valueLength);
        if (!TryReadShort(record, ref at, out int headerCount) || headerCount < 0) return false;
        int headersAt = at;
        for (int i = 0; i < headerCount; i++)
        {
            if (!TryReadShort(record, ref at, out int nameLength) || nameLength < 0) return false;
            at += nameLength;
            if (!TryReadShort(record, ref at, out int headerLength)) return false;
            at += Math.Max(0, headerLength);
        }
        if (at != record.Length) return false;
        shape.TimestampDelta = timestampDelta;
        shape.OffsetDelta = offsetDelta;
        shape.KeyAt = _passed + keyAt;
        shape.KeyLength = keyLength;
        shape.ValueAt = _passed + valueAt;
        shape.ValueLength = valueLength;
        shape.HeaderCount = headerCount;
        shape.HeadersAt = _passed + headersAt;
        shape.EndAt = _passed + at;
        _position = at;
        return true;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool TryReadShort(ReadOnlySpan<byte> bytes, ref int at, out int value)
    {
        value = 0;
        if ((uint)at >= (uint)bytes.Length) return false;
        int raw = bytes[at++];
        if (raw >= 0x80)
        {
            if ((uint)at >= (uint)bytes.Length || bytes[at] >= 0x80) return false;
            raw = (raw & 0x7f) | (bytes[at++] << 7);
        }
        value = (raw >> 1) ^ -(raw & 1);
        return true;
    }

    private RecordFault NextOfAnyForm(out RecordShape shape)
    {
        shape = default;
        _recordEnd = long.MaxValue;
        if (!TryReadVarint(out int length)) return _fault == RecordFault.EndOfBytes ? _fault : RecordFault.LengthUnreadable;
        _recordEnd = Consumed + length;
        if (length < 0) return RecordFault.Malformed;
        return TryReadBody(ref shape) && Consumed == _recordEnd ? RecordFault.None : Faulted();
    }

    private bool TryReadBody(ref RecordShape shape)
    {
        if (!TrySkip(1) || !TryReadVarlong(out shape.TimestampDelta) || !TryReadVarint(out shape.OffsetDelta)) return false;
        if (!TryReadVarint(out shape.KeyLength)) return false;
        shape.KeyAt = Consumed;
        if (!TrySkip(shape.KeyLength) || !TryReadVarint(out shape.ValueLength)) return false;
        shape.ValueAt = Consumed;
        if (!TrySkip(shape.ValueLength) || !TryReadVarint(out shape.HeaderCount)) return false;
        shape.HeadersAt = Consumed;
        shape.EndAt = _recordEnd;
        // Each header takes two bytes at least, which also bounds the loop below.
        return shape.HeaderCount >= 0 && shape.HeaderCount <= _recordEnd - Consumed && TrySkipHeaders(shape.HeaderCount);
    }

    private bool TrySkipHeaders(int count)
    {
        for (int i = 0; i < count; i++)
        {
            if (!TryReadVarint(out int nameLength) || nameLength < 0 || !TrySkip(nameLength)) return false;
            if (!TryReadVarint(out int valueLength) || !TrySkip(valueLength)) return false;
        }
        return true;
    }

    private readonly RecordFault Faulted() => _fault == RecordFault.None ? RecordFault.Malformed : _fault;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadVarint(out int value)
    {
        bool read = TryReadUnsigned(VarintBytesMax, out ulong raw);
        value = (int)((uint)raw >> 1) ^ -(int)(raw & 1);
        return read;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadVarlong(out long value)
    {
        bool read = TryReadUnsigned(VarlongBytesMax, out ulong raw);
        value = (long)(raw >> 1) ^ -(long)(raw & 1);
        return read;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TryReadUnsigned(int bytesMax, out ulong value)
    {
        int at = _position;
        if ((uint)at < (uint)_window.Length && _window[at] < 0x80)
        {
            value = _window[at];
            _position = at + 1;
            return true;
        }
        return TryReadLongUnsigned(bytesMax, out value);
    }

    private bool TryReadLongUnsigned(int bytesMax, out ulong value)
    {
        value = 0;
        for (int i = 0; i < bytesMax; i++)
        {
            if (_position == _window.Length && !Refill())
            {
                _fault = RecordFault.EndOfBytes;
                return false;
            }
            byte next = _window[_position++];
            value |= (ulong)(next & 0x7f) << (7 * i);
            if (next < 0x80) return true;
        }
        _fault = RecordFault.Malformed;
        return false;
    }

    /// <summary>Passes over a field. A negative length is that of a null field, which has no bytes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private bool TrySkip(int count)
    {
        if (count <= 0) return true;
        if (count > _recordEnd - Consumed) return false;
        if (count > _window.Length - _position) return TrySkipWindows(count);
        _position += count;
        return true;
    }

    private bool TrySkipWindows(int count)
    {
        while (count > _window.Length - _position)
        {
            count -= _window.Length - _position;
            if (Refill()) continue;
            _fault = RecordFault.EndOfBytes;
            return false;
        }
        _position += count;
        return true;
    }

    private bool Refill()
    {
        _passed += _window.Length;
        _position = 0;
        _window = _source is null ? [] : _source.Next();
        return !_window.IsEmpty;
    }
}
