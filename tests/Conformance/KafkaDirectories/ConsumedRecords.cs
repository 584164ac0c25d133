using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Text.Json.Nodes;
using Moldau.Conformance.Dialogues;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>The records of one partition as a consumer hands them on: without markers, and at read_committed without what was aborted.</summary>
internal sealed class ConsumedRecords(bool readsCommitted)
{
    private const int HeaderBytes = 61;
    private const int BytesBeforeLengthCounts = 12;

    private readonly JsonArray _rows = [];
    private readonly Crc32 _values = new();
    private readonly HashSet<(long ProducerId, long FirstOffset)> _noted = [];
    private readonly SortedSet<(long FirstOffset, long ProducerId)> _aborted = [];
    private readonly HashSet<long> _aborting = [];
    private long _first = -1;
    private long _last = -1;

    /// <summary>Takes note of an aborted transaction; the same may be told with several answers.</summary>
    public void NoteAborted(long producerId, long firstOffset)
    {
        if (_noted.Add((producerId, firstOffset))) _aborted.Add((firstOffset, producerId));
    }

    /// <summary>Takes the whole batches among the bytes and returns the offset after them, or the given one where there is none.</summary>
    public long Add(ReadOnlySpan<byte> bytes, long from)
    {
        long next = from;
        while (bytes.Length >= HeaderBytes)
        {
            int size = BytesBeforeLengthCounts + BinaryPrimitives.ReadInt32BigEndian(bytes[8..]);
            if (size > bytes.Length) break;
            next = Math.Max(next, AddBatch(bytes[..size], from));
            bytes = bytes[size..];
        }
        return next;
    }

    public JsonArray Rows() => _rows;

    public JsonArray Summary() => _rows.Count == 0 ? [] :
    [
        new JsonObject { ["count"] = (long)_rows.Count, ["first"] = _first, ["last"] = _last, ["crc32OfValues"] = (long)_values.GetCurrentHashAsUInt32() },
    ];

    private long AddBatch(ReadOnlySpan<byte> batch, long from)
    {
        long baseOffset = BinaryPrimitives.ReadInt64BigEndian(batch);
        short attributes = BinaryPrimitives.ReadInt16BigEndian(batch[21..]);
        long lastOffset = baseOffset + BinaryPrimitives.ReadInt32BigEndian(batch[23..]);
        if (lastOffset < from) return from;
        long producerId = BinaryPrimitives.ReadInt64BigEndian(batch[43..]);
        while (_aborted.Count > 0 && _aborted.Min.FirstOffset <= lastOffset)
        {
            _aborting.Add(_aborted.Min.ProducerId);
            _aborted.Remove(_aborted.Min);
        }
        bool isControl = (attributes & 32) != 0, isTransactional = (attributes & 16) != 0;
        if (isControl) _aborting.Remove(producerId);
        else if (!(readsCommitted && isTransactional && _aborting.Contains(producerId))) AddRecords(batch, baseOffset, attributes, from);
        return lastOffset + 1;
    }

    private void AddRecords(ReadOnlySpan<byte> batch, long baseOffset, short attributes, long from)
    {
        long baseTimestamp = BinaryPrimitives.ReadInt64BigEndian(batch[27..]);
        long maxTimestamp = BinaryPrimitives.ReadInt64BigEndian(batch[35..]);
        int count = BinaryPrimitives.ReadInt32BigEndian(batch[57..]);
        var body = new RecordBody(Decompression.Decompress(attributes & 7, batch[HeaderBytes..].ToArray()));
        for (int i = 0; i < count; i++)
        {
            long end = body.Varint() + body.Position;
            body.Skip(1); // Attributes: none are in use.
            long timestamp = body.Varint() + baseTimestamp;
            long offset = baseOffset + body.Varint();
            byte[]? key = body.Blob(), value = body.Blob();
            var row = new JsonArray(offset, (attributes & 8) != 0 ? maxTimestamp : timestamp, Text(key), Text(value));
            if (Headers(body) is { Count: > 0 } headers) row.Add((JsonNode)headers);
            body.Position = (int)end;
            if (offset >= from) Add(row, offset, value);
        }
    }

    private void Add(JsonArray row, long offset, byte[]? value)
    {
        if (_first < 0) _first = offset;
        _last = offset;
        _values.Append(value ?? []);
        _rows.Add((JsonNode)row);
    }

    private static JsonArray Headers(RecordBody body)
    {
        var headers = new JsonArray();
        for (long left = body.Varint(); left > 0; left--) headers.Add((JsonNode)new JsonArray(Text(body.Blob()), Text(body.Blob())));
        return headers;
    }

    private static string? Text(byte[]? bytes) => bytes is null ? null : Encoding.UTF8.GetString(bytes);
}
