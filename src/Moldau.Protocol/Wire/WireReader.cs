using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Text;

namespace Moldau.Protocol.Wire;

/// <summary>Reads Kafka's wire primitives (big-endian) from one contiguous buffer. Never allocates more than the bytes that are there.</summary>
internal ref struct WireReader(ReadOnlyMemory<byte> source)
{
    /// <summary>Elements for which a list reserves room before it has seen them; a longer one grows as they are read.</summary>
    public const int ElementsReservedMax = 64;

    private readonly ReadOnlyMemory<byte> _source = source;
    private readonly ReadOnlySpan<byte> _span = source.Span;
    private int _position = 0;

    public readonly int Position => _position;

    public readonly int Remaining => _span.Length - _position;

    /// <summary>Whether a tagged field came that the schema does not know.</summary>
    public bool HasSeenUnknownTaggedField { get; private set; }

    /// <summary>
    /// Elements of arrays that may still come, nested ones and unknown tagged fields included: in memory each takes many times the room of
    /// its bytes.
    /// </summary>
    public int ElementsLeft { get; set; } = int.MaxValue;

    public sbyte ReadInt8() => (sbyte)Take(1)[0];

    public bool ReadBool() => Take(1)[0] != 0;

    public short ReadInt16() => BinaryPrimitives.ReadInt16BigEndian(Take(2));

    public ushort ReadUInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public int ReadInt32() => BinaryPrimitives.ReadInt32BigEndian(Take(4));

    public uint ReadUInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public long ReadInt64() => BinaryPrimitives.ReadInt64BigEndian(Take(8));

    public double ReadFloat64() => BinaryPrimitives.ReadDoubleBigEndian(Take(8));

    public Guid ReadUuid() => new(Take(16), bigEndian: true);

    public int ReadUnsignedVarint()
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (uint)(next & 0x7f) << shift;
            if (next < 0x80) return (int)value;
        }
        throw new MalformedMessageException($"The varint that ends at byte {_position} is longer than 5 bytes.");
    }

    /// <summary>The number of bytes or elements that follow; -1 is null. Every negative length counts as null, as in Kafka.</summary>
    public int ReadCompactLength()
    {
        int encoded = ReadUnsignedVarint();
        return encoded == 0 ? -1 : encoded > 0 ? encoded - 1 : throw Malformed($"length {(uint)encoded}");
    }

    public string? ReadString(bool compact)
    {
        int length = compact ? ReadCompactLength() : ReadInt16();
        if (length > short.MaxValue) throw Malformed($"string of {length} bytes");
        return length < 0 ? null : Encoding.UTF8.GetString(Take(length));
    }

    /// <summary>A copy of the bytes, so that it may outlive the frame; null where the length says so.</summary>
    public byte[]? ReadBytes(bool compact)
    {
        int length = compact ? ReadCompactLength() : ReadInt32();
        return length < 0 ? null : Take(length).ToArray();
    }

    /// <summary>Record bytes, borrowed from the buffer that is read: valid only as long as that buffer is.</summary>
    public ReadOnlyMemory<byte>? ReadRecords(bool compact)
    {
        int length = compact ? ReadCompactLength() : ReadInt32();
        if (length < 0) return null;
        int start = _position;
        Take(length);
        return _source.Slice(start, length);
    }

    /// <summary>The number of elements that follow; -1 is null. An element takes a byte at least, so the count is checked against what is left.</summary>
    public int ReadArrayLength(bool compact)
    {
        int length = compact ? ReadCompactLength() : ReadInt32();
        if (length > Remaining) throw Malformed($"array of {length} elements");
        if (length < 0) return -1;
        CountElements(length);
        return length;
    }

    /// <summary>How many tagged fields follow; each takes two bytes at least.</summary>
    public int ReadTaggedFieldCount()
    {
        int count = ReadUnsignedVarint();
        return (uint)count <= (uint)(Remaining / 2) ? count : throw Malformed($"{(uint)count} tagged fields");
    }

    /// <summary>A part of the buffer that is read by itself, such as the body of a tagged field; ended by <see cref="EndSlice"/>.</summary>
    public WireReader ReadSlice(int length)
    {
        int start = _position;
        Take(length);
        return new WireReader(_source.Slice(start, length)) { ElementsLeft = ElementsLeft };
    }

    /// <summary>Counts the elements that the slice had.</summary>
    public void EndSlice(in WireReader slice) => ElementsLeft = slice.ElementsLeft;

    /// <summary>Copies the body of a tagged field that the schema does not know.</summary>
    public UnknownTaggedField ReadUnknownTaggedField(int tag, int size)
    {
        HasSeenUnknownTaggedField = true;
        CountElements(1);
        return new(tag, Take(size).ToArray());
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ReadOnlySpan<byte> Take(int count)
    {
        if ((uint)count > (uint)(_span.Length - _position)) ThrowTooShort(count);
        var taken = _span.Slice(_position, count);
        _position += count;
        return taken;
    }

    private void CountElements(int count)
    {
        if (count > ElementsLeft) ThrowTooMany(count);
        ElementsLeft -= count;
    }

    [DoesNotReturn]
    private readonly void ThrowTooMany(int count) => throw new MalformedMessageException(
        $"At byte {_position} the message goes on with {count} elements, but no more than {ElementsLeft} may come.");

    [DoesNotReturn]
    private readonly void ThrowTooShort(int count) => throw Malformed($"{count} bytes");

    private readonly MalformedMessageException Malformed(string announced) =>
        new($"At byte {_position} of {_span.Length} the message announces {announced}, but {Remaining} bytes are left.");
}
