using System.IO.Hashing;

namespace Moldau.Protocol;

/// <summary>The 64 bits of XXH3 with seed 0, as Kafka stores them.</summary>
internal static class Xxh3
{
    public static long Hash(ReadOnlySpan<byte> bytes) => unchecked((long)XxHash3.HashToUInt64(bytes));
}
