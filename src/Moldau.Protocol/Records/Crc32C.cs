using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;

namespace Moldau.Protocol.Records;

/// <summary>
/// CRC-32C (Castagnoli), the checksum of record batches and of producer snapshots. The processor's instruction takes three
/// cycles but starts anew every cycle, so long inputs are cut into three stripes that are computed side by side and joined.
/// </summary>
internal static class Crc32C
{
    // Bytes of one stripe: three long ones stay in the first-level cache, three short ones repay the joining.
    private const int LongStripe = 8192;
    private const int ShortStripe = 256;

    private static readonly uint[] OverLongStripe = ShiftTable(LongStripe);
    private static readonly uint[] OverShortStripe = ShiftTable(ShortStripe);

    public static uint Compute(ReadOnlySpan<byte> bytes) => Append(0, bytes);

    /// <summary>Continues the checksum of what came before with <paramref name="bytes"/>.</summary>
    public static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        uint register = ~checksum;
        register = Striped(register, ref bytes, LongStripe, OverLongStripe);
        register = Striped(register, ref bytes, ShortStripe, OverShortStripe);
        for (; bytes.Length >= 8; bytes = bytes[8..]) register = BitOperations.Crc32C(register, BinaryPrimitives.ReadUInt64LittleEndian(bytes));
        foreach (byte next in bytes) register = BitOperations.Crc32C(register, next);
        return ~register;
    }

    private static uint Striped(uint register, ref ReadOnlySpan<byte> bytes, int stripe, uint[] overStripe)
    {
        for (; bytes.Length >= 3 * stripe; bytes = bytes[(3 * stripe)..])
        {
            uint second = 0, third = 0;
            ref byte at = ref Unsafe.AsRef(in bytes[0]);
            for (int i = 0; i < stripe; i += 8)
            {
                register = BitOperations.Crc32C(register, Word(ref at, i));
                second = BitOperations.Crc32C(second, Word(ref at, i + stripe));
                third = BitOperations.Crc32C(third, Word(ref at, i + (2 * stripe)));
            }
            register = Shift(overStripe, Shift(overStripe, register) ^ second) ^ third;
        }
        return register;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Word(ref byte start, int offset)
    {
        ulong word = Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, offset));
        return BitConverter.IsLittleEndian ? word : BinaryPrimitives.ReverseEndianness(word);
    }

    private static uint Shift(uint[] table, uint register) =>
        table[(byte)register] ^ table[256 + (byte)(register >> 8)] ^ table[512 + (byte)(register >> 16)] ^ table[768 + (register >> 24)];

    /// <summary>What a stripe of zero bytes makes of each byte of the register; the register is linear, so the four parts are joined by XOR.</summary>
    private static uint[] ShiftTable(int zeroBytes)
    {
        var table = new uint[4 * 256];
        for (int bit = 0; bit < 32; bit++)
        {
            uint image = 1u << bit;
            for (int i = 0; i < zeroBytes; i += 8) image = BitOperations.Crc32C(image, 0ul);
            int part = (bit / 8) * 256, mask = 1 << (bit % 8);
            for (int value = 0; value < 256; value++)
            {
                if ((value & mask) != 0) table[part + value] ^= image;
            }
        }
        return table;
    }
}
