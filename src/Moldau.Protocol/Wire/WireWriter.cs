using System.Buffers;
using System.Buffers.Binary;
using System.Numerics;
using System.Text;

namespace Moldau.Protocol.Wire;

/// <summary>
/// Writes Kafka's wire primitives into one pooled, growing buffer. Large record bytes are not copied: they are remembered
/// where they belong and come out of <see cref="AppendSegments"/> between the written parts, so they must outlive the writer.
/// </summary>
internal sealed class WireWriter(int capacity = 256) : IDisposable
{
    /// <summary>Record bytes up to this size are copied: one more segment on the socket costs more than the copy.</summary>
    private const int CopiedRecordBytesMax = 4096;

    private readonly List<(int Position, ReadOnlyMemory<byte> Bytes)> _borrowed = [];
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(capacity);
    private int _position;
    private int _end = capacity; // Of what may be written without growing.
    private int _borrowedBytes;

    /// <summary>Bytes of the whole message so far, borrowed ones included.</summary>
    public int Length => _position + _borrowedBytes;

    /// <summary>The most that may be written, borrowed bytes aside.</summary>
    public int WrittenMax
    {
        get;
        set
        {
            field = value;
            _end = Math.Min(_buffer.Length, value);
        }
    } = int.MaxValue;

    /// <summary>Where the next written byte goes, for <see cref="PatchInt32"/>.</summary>
    public int Position => _position;

    /// <summary>What was written, where nothing was borrowed.</summary>
    public ReadOnlyMemory<byte> Written => _borrowed.Count == 0
        ? _buffer.AsMemory(0, _position)
        : throw new InvalidOperationException("The message holds borrowed record bytes; take its segments instead.");

    public void WriteInt8(sbyte value) => Claim(1)[0] = (byte)value;

    public void WriteBool(bool value) => Claim(1)[0] = value ? (byte)1 : (byte)0;

    public void WriteInt16(short value) => BinaryPrimitives.WriteInt16BigEndian(Claim(2), value);

    public void WriteUInt16(ushort value) => BinaryPrimitives.WriteUInt16BigEndian(Claim(2), value);

    public void WriteInt32(int value) => BinaryPrimitives.WriteInt32BigEndian(Claim(4), value);

    public void WriteUInt32(uint value) => BinaryPrimitives.WriteUInt32BigEndian(Claim(4), value);

    public void WriteInt64(long value) => BinaryPrimitives.WriteInt64BigEndian(Claim(8), value);

    public void WriteFloat64(double value) => BinaryPrimitives.WriteDoubleBigEndian(Claim(8), value);

    public void WriteUuid(Guid value) => value.TryWriteBytes(Claim(16), bigEndian: true, out _);

    public void WriteRaw(ReadOnlySpan<byte> bytes) => bytes.CopyTo(Claim(bytes.Length));

    public void WriteUnsignedVarint(int value)
    {
        uint left = (uint)value;
        while (left > 0x7f)
        {
            Claim(1)[0] = (byte)(left | 0x80);
            left >>= 7;
        }
        Claim(1)[0] = (byte)left;
    }

    public void WriteString(string? value, bool compact)
    {
        int length = value is null ? -1 : Encoding.UTF8.GetByteCount(value);
        if (length > short.MaxValue) throw new InvalidOperationException($"A string of {length} bytes is longer than the protocol allows ({short.MaxValue}).");
        if (compact) WriteUnsignedVarint(length + 1);
        else WriteInt16((short)length);
        if (value is not null) Encoding.UTF8.GetBytes(value, Claim(length));
    }

    public void WriteBytes(byte[]? value, bool compact)
    {
        WriteArrayLength(value?.Length ?? -1, compact);
        WriteRaw(value);
    }

    /// <summary>Record bytes; beyond a few KiB they are borrowed until the segments are sent.</summary>
    public void WriteRecords(ReadOnlyMemory<byte>? value, bool compact)
    {
        WriteArrayLength(value?.Length ?? -1, compact);
        if (value is not { Length: > 0 } bytes) return;
        if (bytes.Length <= CopiedRecordBytesMax)
        {
            WriteRaw(bytes.Span);
            return;
        }
        _borrowed.Add((_position, bytes));
        _borrowedBytes = checked(_borrowedBytes + bytes.Length);
    }

    /// <summary>The length prefix of arrays, bytes and records; -1 is null.</summary>
    public void WriteArrayLength(int length, bool compact)
    {
        if (compact) WriteUnsignedVarint(length + 1);
        else WriteInt32(length);
    }

    /// <summary>Starts a tagged field, whose size is not known yet; ended by <see cref="EndTaggedField"/> with what this returns.</summary>
    public int BeginTaggedField(int tag)
    {
        WriteUnsignedVarint(tag);
        return _position;
    }

    public void EndTaggedField(int start)
    {
        int size = _position - start;
        int prefix = Math.Max(1, (BitOperations.Log2((uint)size) / 7) + 1);
        Claim(prefix);
        _buffer.AsSpan(start, size).CopyTo(_buffer.AsSpan(start + prefix));
        _position = start;
        WriteUnsignedVarint(size);
        _position = start + prefix + size;
    }

    /// <summary>Merges the known tagged fields' count with the unknown ones', which come last since their tags are higher.</summary>
    public void WriteUnknownTaggedFields(List<UnknownTaggedField>? fields)
    {
        if (fields is null) return;
        foreach (var field in fields)
        {
            WriteUnsignedVarint(field.Tag);
            WriteUnsignedVarint(field.Data.Length);
            WriteRaw(field.Data.Span);
        }
    }

    /// <summary>Overwrites four bytes that were written before, such as a frame's length.</summary>
    public void PatchInt32(int position, int value) => BinaryPrimitives.WriteInt32BigEndian(_buffer.AsSpan(position, 4), value);

    /// <summary>The message as the pieces that must be sent one after the other.</summary>
    public void AppendSegments(List<ReadOnlyMemory<byte>> segments)
    {
        int from = 0;
        foreach (var (position, bytes) in _borrowed)
        {
            if (position > from) segments.Add(_buffer.AsMemory(from, position - from));
            segments.Add(bytes);
            from = position;
        }
        if (_position > from) segments.Add(_buffer.AsMemory(from, _position - from));
    }

    /// <summary>Makes the writer empty, to be used again. A buffer of more than <paramref name="keptBytesMax"/> goes back to the pool.</summary>
    public void Reset(int keptBytesMax = int.MaxValue)
    {
        if (_buffer.Length > keptBytesMax)
        {
            ArrayPool<byte>.Shared.Return(_buffer);
            _buffer = [];
            _end = 0;
        }
        _position = 0;
        _borrowedBytes = 0;
        _borrowed.Clear();
    }

    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _end = 0;
        Reset();
    }

    private Span<byte> Claim(int count)
    {
        if (count > _end - _position) Grow(count);
        var claimed = _buffer.AsSpan(_position, count);
        _position += count;
        return claimed;
    }

    private void Grow(int count)
    {
        if (count > WrittenMax - _position) throw new WriterFullException(WrittenMax);
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(_position + count), _buffer.Length * 2));
        _buffer.AsSpan(0, _position).CopyTo(larger);
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
        _end = Math.Min(larger.Length, WrittenMax);
    }
}
