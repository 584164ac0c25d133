using System.Buffers.Binary;

namespace Moldau.Protocol.Records;

/// <summary>MurmurHash2 with Kafka's seed: where the default partitioner of the Java client puts a keyed record.</summary>
internal static class Murmur2
{
    private const int Seed = unchecked((int)0x9747b28c);
    private const int Multiplier = 0x5bd1e995;

    public static int Compute(ReadOnlySpan<byte> key)
    {
        int hash = Seed ^ key.Length;
        for (; key.Length >= 4; key = key[4..])
        {
            int word = BinaryPrimitives.ReadInt32LittleEndian(key) * Multiplier;
            word ^= (int)((uint)word >> 24);
            hash = (hash * Multiplier) ^ (word * Multiplier);
        }
        for (int i = key.Length - 1; i >= 0; i--)
        {
            hash ^= key[i] << (8 * i);
            if (i == 0) hash *= Multiplier;
        }
        hash ^= (int)((uint)hash >> 13);
        hash *= Multiplier;
        return hash ^ (int)((uint)hash >> 15);
    }

    public static int Partition(ReadOnlySpan<byte> key, int partitions) => (Compute(key) & int.MaxValue) % partitions;
}
