using CsCheck;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Protocol.Tests.Records;

public sealed class BatchBuilderTests
{
    [Fact]
    public void Uncompressed_batches_have_the_bytes_that_Kafka_writes()
    {
        foreach (var recorded in RecordedBatch.All("records/batches.jsonl").Where(line => !line.IsLegacy))
        {
            if (!BatchHeader.TryRead(recorded.Bytes, out var header) || header.Codec != CompressionCodec.None || recorded.Expected.Length > 1) continue;
            using var builder = new BatchBuilder(OptionsOf(header));
            var cursor = new RecordCursor(recorded.Bytes.AsSpan(BatchHeader.Size));
            foreach (var record in new BatchRecords(recorded.Bytes))
            {
                Assert.Equal(RecordFault.None, cursor.Next(out var shape));
                // Under log append time the stored deltas are still those of the creation, which no reader is shown.
                builder.Append(record with { Timestamp = header.BaseTimestamp + shape.TimestampDelta });
            }
            Assert.Equal((recorded.Case, Convert.ToHexString(recorded.Bytes)), (recorded.Case, Convert.ToHexString(builder.Build().Span)));
        }
    }

    [Fact]
    public void What_is_built_is_read_again_with_every_codec()
    {
        var field = Gen.Byte.Array[0, 300].Null(0.2);
        var header = Gen.Select(Gen.String[0, 20], field);
        var record = Gen.Select(Gen.Long[0, 4_000_000_000_000], field, field, header.Array[0, 3]);
        Gen.Select(record.Array[1, 40], Gen.Enum<CompressionCodec>(), Gen.Long[0, long.MaxValue / 2]).Sample((records, codec, baseOffset) =>
        {
            using var builder = new BatchBuilder(new BatchOptions { BaseOffset = baseOffset, Compression = CompressionSetting.Default(codec) });
            foreach (var (timestamp, key, value, headers) in records) builder.Append(timestamp, key, value, RecordHeaders.Of(headers));
            var batch = builder.Build();
            Assert.True(BatchHeader.TryRead(batch.Span, out var read) && read.CrcMatches(batch.Span) && read.Codec == codec);
            Assert.Equal(records.Max(each => each.Item1), read.MaxTimestamp);
            int index = 0;
            foreach (var seen in new BatchRecords(batch))
            {
                var (timestamp, key, value, headers) = records[index];
                Assert.Equal((baseOffset + index, timestamp), (seen.Offset, seen.Timestamp));
                Assert.Equal(key, seen.Key?.ToArray());
                Assert.Equal(value, seen.Value?.ToArray());
                int at = 0;
                foreach (var pair in seen.Headers)
                {
                    Assert.Equal(headers[at].Item2, pair.Value?.ToArray());
                    at++;
                }
                Assert.Equal(headers.Length, at);
                index++;
            }
            Assert.Equal(records.Length, index);
        }, iter: Searches.Rounds(200));
    }

    [Fact]
    public void A_batch_that_is_built_takes_no_more_records()
    {
        using var builder = new BatchBuilder();
        builder.Append(1, null, new byte[1]).Build();
        Assert.Throws<InvalidOperationException>(() => builder.Append(1, null, new byte[1]));
    }

    private static BatchOptions OptionsOf(BatchHeader header) => new()
    {
        BaseOffset = header.BaseOffset,
        LeaderEpoch = header.LeaderEpoch,
        LogAppendTimeMs = header.TimestampType == TimestampType.LogAppendTime ? header.MaxTimestamp : null,
        ProducerId = header.ProducerId,
        ProducerEpoch = header.ProducerEpoch,
        BaseSequence = header.BaseSequence,
        Kind = header.Attributes & (BatchAttributes.Transactional | BatchAttributes.Control),
        DeleteHorizonMs = header.DeleteHorizonMs,
        LastOffset = header.LastOffset,
        MaxTimestamp = header.MaxTimestamp,
    };
}
