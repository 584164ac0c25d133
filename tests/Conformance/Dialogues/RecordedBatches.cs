using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace Moldau.Conformance.Dialogues;

/// <summary>Record batches as the dialogues show them, decoded apart from the broker's own code.</summary>
internal static class RecordedBatches
{
    private const int HeaderBytes = 61;
    private const int BytesBeforeLengthCounts = 12;
    private const int ChecksumFrom = 21;
    private const int LongestShownBytes = 200;

    private static readonly string[] Codecs = ["none", "gzip", "snappy", "lz4", "zstd", "5", "6", "7"];
    private static readonly string[] ControlTypes =
        ["ABORT", "COMMIT", "LEADER_CHANGE", "SNAPSHOT_HEADER", "SNAPSHOT_FOOTER", "KRAFT_VERSION", "KRAFT_VOTERS"];

    public static JsonArray Show(byte[] bytes)
    {
        var batches = new JsonArray();
        int at = 0;
        while (at + HeaderBytes <= bytes.Length)
        {
            int size = BytesBeforeLengthCounts + BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(at + 8));
            if (size < HeaderBytes || size > bytes.Length - at) break;
            batches.Add(ShowBatch(bytes.AsSpan(at, size)));
            at += size;
        }
        if (at < bytes.Length) batches.Add(new JsonObject { ["incompleteTailBytes"] = (long)(bytes.Length - at) });
        return batches;
    }

    /// <summary>Puts a producer id into every batch and sets the checksums anew.</summary>
    public static void StampProducerId(Span<byte> batches, long producerId)
    {
        while (batches.Length >= HeaderBytes)
        {
            int size = BytesBeforeLengthCounts + BinaryPrimitives.ReadInt32BigEndian(batches[8..]);
            BinaryPrimitives.WriteInt64BigEndian(batches[43..], producerId);
            BinaryPrimitives.WriteUInt32BigEndian(batches[17..], Checksum(batches[ChecksumFrom..size]));
            batches = batches[size..];
        }
    }

    // | 0 baseOffset 8 | 8 length 4 | 12 leaderEpoch 4 | 16 magic 1 | 17 crc 4 | 21 attributes 2 | 23 lastOffsetDelta 4 | 27 baseTimestamp 8
    // | 35 maxTimestamp 8 | 43 producerId 8 | 51 producerEpoch 2 | 53 baseSequence 4 | 57 recordCount 4 | 61 records ...
    private static JsonObject ShowBatch(ReadOnlySpan<byte> batch)
    {
        long baseOffset = BinaryPrimitives.ReadInt64BigEndian(batch);
        short attributes = BinaryPrimitives.ReadInt16BigEndian(batch[21..]);
        var shown = new JsonObject
        {
            ["baseOffset"] = baseOffset,
            ["lastOffset"] = baseOffset + BinaryPrimitives.ReadInt32BigEndian(batch[23..]),
            ["sizeInBytes"] = (long)batch.Length,
            ["partitionLeaderEpoch"] = (long)BinaryPrimitives.ReadInt32BigEndian(batch[12..]),
            ["magic"] = (long)(sbyte)batch[16],
            ["crcValid"] = Checksum(batch[ChecksumFrom..]) == BinaryPrimitives.ReadUInt32BigEndian(batch[17..]),
            ["codec"] = Codecs[attributes & 7],
            ["timestampType"] = (attributes & 8) != 0 ? "LogAppendTime" : "CreateTime",
            ["maxTimestamp"] = BinaryPrimitives.ReadInt64BigEndian(batch[35..]),
            ["producerId"] = BinaryPrimitives.ReadInt64BigEndian(batch[43..]),
            ["producerEpoch"] = (long)BinaryPrimitives.ReadInt16BigEndian(batch[51..]),
            ["baseSequence"] = (long)BinaryPrimitives.ReadInt32BigEndian(batch[53..]),
            ["transactional"] = (attributes & 16) != 0,
            ["control"] = (attributes & 32) != 0,
        };
        if ((attributes & 64) != 0) shown["deleteHorizonMs"] = BinaryPrimitives.ReadInt64BigEndian(batch[27..]);
        shown["records"] = ShowRecords(batch, baseOffset, attributes);
        return shown;
    }

    private static JsonArray ShowRecords(ReadOnlySpan<byte> batch, long baseOffset, short attributes)
    {
        long baseTimestamp = BinaryPrimitives.ReadInt64BigEndian(batch[27..]);
        long maxTimestamp = BinaryPrimitives.ReadInt64BigEndian(batch[35..]);
        int count = BinaryPrimitives.ReadInt32BigEndian(batch[57..]);
        var body = new RecordBody(Decompression.Decompress(attributes & 7, batch[HeaderBytes..].ToArray()));
        var records = new JsonArray();
        for (int i = 0; i < count; i++)
        {
            long end = body.Varint() + body.Position;
            body.Skip(1); // Attributes: none are in use.
            long timestamp = body.Varint() + baseTimestamp;
            var record = new JsonObject { ["offset"] = baseOffset + body.Varint() };
            record["timestamp"] = (attributes & 8) != 0 ? maxTimestamp : timestamp;
            ShowKeyAndValue(record, body.Blob(), body.Blob(), isControl: (attributes & 32) != 0);
            ShowHeaders(record, body);
            body.Position = (int)end;
            records.Add(record);
        }
        return records;
    }

    private static void ShowKeyAndValue(JsonObject record, byte[]? key, byte[]? value, bool isControl)
    {
        if (!isControl)
        {
            record["key"] = Shown(key);
            record["value"] = Shown(value);
            return;
        }
        short type = BinaryPrimitives.ReadInt16BigEndian(key.AsSpan(2));
        record["controlType"] = type >= 0 && type < ControlTypes.Length ? ControlTypes[type] : "UNKNOWN";
        record["keyHex"] = Convert.ToHexStringLower(key!);
        record["valueHex"] = value is null ? null : Convert.ToHexStringLower(value);
    }

    private static void ShowHeaders(JsonObject record, RecordBody body)
    {
        var headers = new JsonArray();
        for (long left = body.Varint(); left > 0; left--)
            headers.Add(new JsonObject { ["key"] = Encoding.UTF8.GetString(body.Blob()!), ["value"] = Shown(body.Blob()) });
        if (headers.Count > 0) record["headers"] = headers;
    }

    private static string? Shown(byte[]? bytes) =>
        bytes is null ? null
        : bytes.Length > LongestShownBytes ? $"({bytes.Length} bytes)"
        : bytes.All(next => next is >= 32 and <= 126) ? Encoding.ASCII.GetString(bytes)
        : "hex:" + Convert.ToHexStringLower(bytes);

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
