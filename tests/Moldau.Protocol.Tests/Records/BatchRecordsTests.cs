using System.Security.Cryptography;
using System.Text.Json;
using Moldau.Protocol.Records;

namespace Moldau.Protocol.Tests.Records;

public sealed class BatchRecordsTests
{
    [Fact]
    public void Recorded_batches_of_all_codecs_read_as_Kafka_reads_them()
    {
        foreach (var recorded in RecordedBatch.All("records/batches.jsonl").Where(line => !line.IsLegacy))
        {
            var rest = recorded.Bytes.AsMemory();
            foreach (var expected in recorded.Expected)
            {
                int size = expected.GetProperty("sizeInBytes").GetInt32();
                AssertRecords(recorded.Case, expected.GetProperty("records"), rest[..size]);
                rest = rest[size..];
            }
        }
    }

    [Fact]
    public void Damaged_batches_are_refused_where_Kafka_refuses_to_read_them()
    {
        foreach (var recorded in RecordedBatch.All("records/corrupt.jsonl"))
        {
            var batches = new BatchEnumerator(recorded.Bytes);
            if (!batches.MoveNext() || recorded.Text("split") != "ok") continue;
            // Kafka does not notice bytes behind a batch that announces no records.
            if (recorded.Case == "count-0-of-3") continue;
            var batch = recorded.Bytes.AsMemory(0, batches.WholeBytes);
            Assert.Equal((recorded.Case, recorded.Text("iterate") == "ok"), (recorded.Case, CanBeRead(batch)));
        }
    }

    [Fact]
    public void Markers_of_transactions_are_read()
    {
        foreach (var recorded in RecordedBatch.All("records/batches.jsonl").Where(line => line.Case is "control-commit" or "control-abort"))
        {
            foreach (var record in new BatchRecords(recorded.Bytes))
            {
                Assert.True(ControlRecord.TryReadType(in record, out var type));
                var (marker, epoch) = ControlRecord.ReadMarker(record.Key!.Value.Span, record.Value!.Value.Span);
                Assert.Equal(type, marker);
                Assert.Equal((recorded.Case, 42), (type == ControlRecordType.Commit ? "control-commit" : "control-abort", epoch));
                Assert.Equal(ControlRecord.Key(type), record.Key!.Value.ToArray());
                Assert.Equal(ControlRecord.MarkerValue(epoch), record.Value!.Value.ToArray());
            }
        }
    }

    private static bool CanBeRead(ReadOnlyMemory<byte> batch)
    {
        try
        {
            foreach (var record in new BatchRecords(batch)) Assert.InRange(record.Headers.Count, 0, batch.Length);
            return true;
        }
        catch (MalformedBatchException)
        {
            return false;
        }
    }

    private static void AssertRecords(string name, JsonElement expected, ReadOnlyMemory<byte> batch)
    {
        int index = 0;
        foreach (var record in new BatchRecords(batch))
        {
            var wanted = expected[index++];
            Assert.Equal((name, wanted.GetProperty("offset").GetInt64()), (name, record.Offset));
            Assert.Equal((name, wanted.GetProperty("timestamp").GetInt64()), (name, record.Timestamp));
            AssertField(wanted, "key", record.Key);
            AssertField(wanted, "value", record.Value);
            var headers = wanted.GetProperty("headers").EnumerateArray().ToArray();
            Assert.Equal(headers.Length, record.Headers.Count);
            int at = 0;
            foreach (var header in record.Headers)
            {
                Assert.Equal(headers[at][0].GetString(), header.Name);
                Assert.Equal(headers[at++][1].GetString(), Hex(header.Value));
            }
        }
        Assert.Equal(expected.GetArrayLength(), index);
    }

    private static void AssertField(JsonElement wanted, string name, ReadOnlyMemory<byte>? field)
    {
        if (wanted.TryGetProperty(name, out var hex))
        {
            Assert.Equal(hex.GetString(), Hex(field));
            return;
        }
        Assert.Equal(wanted.GetProperty(name + "Length").GetInt32(), field!.Value.Length);
        Assert.Equal(wanted.GetProperty(name + "Sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(field.Value.Span)));
    }

    private static string? Hex(ReadOnlyMemory<byte>? bytes) => bytes is { } known ? Convert.ToHexStringLower(known.Span) : null;
}
