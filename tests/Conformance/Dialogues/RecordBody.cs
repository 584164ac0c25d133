namespace Moldau.Conformance.Dialogues;

/// <summary>Walks the decompressed records of one batch.</summary>
internal sealed class RecordBody(byte[] bytes)
{
    public int Position { get; set; }

    public void Skip(int count) => Position += count;

    /// <summary>A zigzag varint of up to ten bytes.</summary>
    public long Varint()
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte next = bytes[Position++];
            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80) return (long)(value >> 1) ^ -(long)(value & 1);
        }
    }

    /// <summary>Length and bytes; null where the length is negative.</summary>
    public byte[]? Blob()
    {
        int length = (int)Varint();
        if (length < 0) return null;
        Position += length;
        return bytes[(Position - length)..Position];
    }
}
