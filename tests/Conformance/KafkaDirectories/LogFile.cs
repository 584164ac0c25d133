using System.Buffers.Binary;
using Moldau.Conformance.Dialogues;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>A record of a log file: its place, and its bytes. In a control batch the key says its type, else the value may.</summary>
internal sealed record LogFileRecord(long Offset, byte[]? Key, byte[]? Value);

/// <summary>A batch of a log file.</summary>
internal sealed record LogFileBatch(long BaseOffset, long LastOffset, int LeaderEpoch, bool IsControl, IReadOnlyList<LogFileRecord> Records);

/// <summary>Reads a <c>.log</c> or <c>.checkpoint</c> file apart from Moldau's own code, and holds it to the format.</summary>
internal static class LogFile
{
    private const int HeaderBytes = 61;
    private const int BytesBeforeLengthCounts = 12;
    private const int ChecksumFrom = 21;

    public static List<LogFileBatch> Read(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        var batches = new List<LogFileBatch>();
        for (int at = 0; at < bytes.Length;)
        {
            int size = BytesBeforeLengthCounts + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + 8));
            var batch = Read(bytes.AsSpan(at, size));
            Assert.True(batches.Count == 0 || batch.BaseOffset > batches[^1].LastOffset, $"{path}: offset {batch.BaseOffset} comes after {batches.LastOrDefault()?.LastOffset}");
            batches.Add(batch);
            at += size;
        }
        return batches;
    }

    private static LogFileBatch Read(ReadOnlySpan<byte> batch)
    {
        Assert.Equal(2, batch[16]);
        Assert.Equal(Checksum(batch[ChecksumFrom..]), BinaryPrimitives.ReadUInt32BigEndian(batch[17..]));
        long baseOffset = BinaryPrimitives.ReadInt64BigEndian(batch);
        short attributes = BinaryPrimitives.ReadInt16BigEndian(batch[21..]);
        long lastOffset = baseOffset + BinaryPrimitives.ReadInt32BigEndian(batch[23..]);
        int count = BinaryPrimitives.ReadInt32BigEndian(batch[57..]);
        var body = new RecordBody(Decompression.Decompress(attributes & 7, batch[HeaderBytes..].ToArray()));
        var records = new List<LogFileRecord>();
        for (int i = 0; i < count; i++)
        {
            long end = body.Varint() + body.Position;
            body.Skip(1); // Attributes: none are in use.
            body.Varint();
            records.Add(new LogFileRecord(baseOffset + body.Varint(), body.Blob(), body.Blob()));
            body.Position = (int)end;
        }
        return new LogFileBatch(baseOffset, lastOffset, BinaryPrimitives.ReadInt32BigEndian(batch[12..]), (attributes & 32) != 0, records);
    }

    /// <summary>CRC-32C, one bit at a time: slow, and plainly right.</summary>
    private static uint Checksum(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte next in bytes)
        {
            crc ^= next;
            for (int bit = 0; bit < 8; bit++) crc = (crc & 1) != 0 ? (crc >> 1) ^ 0x82f63b78 : crc >> 1;
        }
        return ~crc;
    }
}
