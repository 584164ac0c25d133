using System.Buffers.Binary;

using Moldau.Log.Files;
using Moldau.Protocol.Records;

namespace Moldau.Log.Segments;

/// <summary>
/// A message of format 0 or 1, which Kafka wrote before 0.11 and still keeps. It is neither served here nor damage: it is looked for before
/// a log is repaired, which would take it for the torn end of a write.
/// </summary>
// | offset 8 | length 4 | crc 4 | magic 1 | attributes 1 | timestamp 8, in format 1 only | key length 4 | key | value length 4 | value |
internal static class LegacyMessage
{
    private const int AttributesEnd = BatchHeader.MagicAt + 2;
    private const int TimestampBytes = 8;
    private const int LengthBytes = 4;

    /// <summary>Bytes up to and including the key's length, in format 1.</summary>
    private const int HeaderMax = AttributesEnd + TimestampBytes + LengthBytes;

    /// <exception cref="LegacyFormatException">Such a message begins there.</exception>
    public static void RefuseAt(IStoredFile log, long position)
    {
        if (IsAt(log, position)) throw new LegacyFormatException(log.Path, position);
    }

    /// <summary>Whether all three lengths that such a message has agree: a damaged or torn batch has none that do.</summary>
    private static bool IsAt(IStoredFile log, long position)
    {
        if (log.Length <= position) return false; // A read would make the file of a log that has none yet.
        Span<byte> header = stackalloc byte[HeaderMax];
        header = header[..log.Read(position, header)];
        if (header.Length <= BatchHeader.MagicAt || header[BatchHeader.MagicAt] > 1) return false;
        int keyAt = AttributesEnd + (header[BatchHeader.MagicAt] * TimestampBytes);
        if (header.Length < keyAt + LengthBytes) return false;
        long end = BatchHeader.LengthOverhead + (long)BinaryPrimitives.ReadInt32BigEndian(header[BatchHeader.LengthAt..]);
        if (EndOf(header[keyAt..], keyAt) is not { } valueAt || valueAt + LengthBytes > end) return false;
        Span<byte> length = stackalloc byte[LengthBytes];
        return log.Read(position + valueAt, length) == LengthBytes && EndOf(length, valueAt) == end;
    }

    /// <summary>Where the key or value ends whose length stands there; -1 stands for none. Null where no length does.</summary>
    private static long? EndOf(ReadOnlySpan<byte> length, long at) =>
        BinaryPrimitives.ReadInt32BigEndian(length) is >= -1 and var count ? at + LengthBytes + Math.Max(count, 0) : null;
}
