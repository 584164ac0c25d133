using System.Numerics;

namespace Moldau.Protocol.Records;

/// <summary>The signed varints of records: zigzag (0, -1, 1, -2 ...), seven bits a byte, the lowest first.</summary>
internal static class Varint
{
    public static void Write(PooledBuffer target, long value)
    {
        ulong left = ZigZag(value);
        var bytes = target.Claim(SizeOf(value));
        for (int i = 0; i < bytes.Length - 1; i++, left >>= 7) bytes[i] = (byte)(left | 0x80);
        bytes[^1] = (byte)left;
    }

    public static int SizeOf(long value) => (BitOperations.Log2(ZigZag(value) | 1) / 7) + 1;

    /// <summary>Reads one that is known to be whole.</summary>
    public static int Read(ReadOnlySpan<byte> bytes, out int size)
    {
        uint raw = 0;
        size = 0;
        byte next;
        do
        {
            next = bytes[size];
            raw |= (uint)(next & 0x7f) << (7 * size++);
        }
        while (next >= 0x80);
        return (int)(raw >> 1) ^ -(int)(raw & 1);
    }

    private static ulong ZigZag(long value) => (ulong)((value << 1) ^ (value >> 63));
}
