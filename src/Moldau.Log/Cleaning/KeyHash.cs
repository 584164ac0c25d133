using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace Moldau.Log.Cleaning;

/// <summary>What stands for a record's key in the offset map.</summary>
internal readonly record struct KeyDigest(ulong First, ulong Second);

/// <summary>
/// SipHash-2-4 with 128 bits, under a secret key of its own for each pass. Two keys with one digest would let one record delete
/// the other, and producers choose the keys; so the hash must be one that nobody can make collide without the secret. That rules
/// the quick hashes out, and those of <c>System.Security.Cryptography</c> take some ten times as long for a short key.
/// </summary>
internal readonly struct KeyHash(ulong secret0, ulong secret1)
{
    private const int WordBytes = 8;

    public static KeyHash WithFreshSecret()
    {
        Span<byte> secret = stackalloc byte[2 * WordBytes];
        RandomNumberGenerator.Fill(secret);
        return new KeyHash(BinaryPrimitives.ReadUInt64LittleEndian(secret), BinaryPrimitives.ReadUInt64LittleEndian(secret[WordBytes..]));
    }

    public KeyDigest Of(ReadOnlySpan<byte> key)
    {
        var state = new State
        {
            V0 = secret0 ^ 0x736f6d6570736575,
            V1 = secret1 ^ 0x646f72616e646f6d ^ 0xee,
            V2 = secret0 ^ 0x6c7967656e657261,
            V3 = secret1 ^ 0x7465646279746573,
        };
        ulong last = (ulong)key.Length << 56;
        for (; key.Length >= WordBytes; key = key[WordBytes..]) state.Absorb(BinaryPrimitives.ReadUInt64LittleEndian(key));
        for (int i = 0; i < key.Length; i++) last |= (ulong)key[i] << (8 * i);
        state.Absorb(last);
        state.V2 ^= 0xee;
        ulong first = state.Squeeze();
        state.V1 ^= 0xdd;
        return new KeyDigest(first, state.Squeeze());
    }

    private struct State
    {
        public ulong V0, V1, V2, V3;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public void Absorb(ulong word)
        {
            V3 ^= word;
            Round();
            Round();
            V0 ^= word;
        }

        public ulong Squeeze()
        {
            for (int i = 0; i < 4; i++) Round();
            return V0 ^ V1 ^ V2 ^ V3;
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        private void Round()
        {
            V0 += V1;
            V2 += V3;
            V1 = BitOperations.RotateLeft(V1, 13) ^ V0;
            V3 = BitOperations.RotateLeft(V3, 16) ^ V2;
            V0 = BitOperations.RotateLeft(V0, 32);
            V2 += V1;
            V0 += V3;
            V1 = BitOperations.RotateLeft(V1, 17) ^ V2;
            V3 = BitOperations.RotateLeft(V3, 21) ^ V0;
            V2 = BitOperations.RotateLeft(V2, 32);
        }
    }
}
