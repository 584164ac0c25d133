using Moldau.Protocol.Records;

namespace Moldau.Protocol.Tests.Records;

public sealed class BatchHeaderTests
{
    [Fact]
    public void Fields_of_recorded_batches_read_as_Kafka_reads_them()
    {
        foreach (var recorded in RecordedBatch.All("records/batches.jsonl").Where(line => !line.IsLegacy))
        {
            var batches = new BatchEnumerator(recorded.Bytes);
            foreach (var expected in recorded.Expected)
            {
                Assert.True(batches.MoveNext(), recorded.Case);
                var header = batches.Current;
                Assert.Equal(expected.GetProperty("sizeInBytes").GetInt32(), batches.CurrentBytes.Length);
                Assert.Equal(expected.GetProperty("baseOffset").GetInt64(), header.FirstOffset);
                Assert.Equal(expected.GetProperty("lastOffset").GetInt64(), header.LastOffset);
                Assert.Equal(expected.GetProperty("attributes").GetInt32(), (short)header.Attributes);
                Assert.Equal(expected.GetProperty("codec").GetString(), header.Codec.ToString().ToLowerInvariant());
                Assert.Equal(expected.GetProperty("timestampType").GetString(), header.TimestampType.ToString());
                Assert.Equal(expected.GetProperty("isTransactional").GetBoolean(), header.IsTransactional);
                Assert.Equal(expected.GetProperty("isControl").GetBoolean(), header.IsControl);
                Assert.Equal(expected.GetProperty("producerId").GetInt64(), header.ProducerId);
                Assert.Equal(expected.GetProperty("producerEpoch").GetInt16(), header.ProducerEpoch);
                Assert.Equal(expected.GetProperty("baseSequence").GetInt32(), header.BaseSequence);
                Assert.Equal(expected.GetProperty("lastSequence").GetInt32(), header.LastSequence);
                Assert.Equal(expected.GetProperty("partitionLeaderEpoch").GetInt32(), header.LeaderEpoch);
                Assert.Equal(expected.GetProperty("crc").GetUInt32(), header.Crc);
                Assert.Equal(expected.GetProperty("count").GetInt32(), header.RecordCount);
                Assert.Equal(expected.GetProperty("maxTimestamp").GetInt64(), header.MaxTimestamp);
                var horizon = expected.GetProperty("deleteHorizonMs");
                Assert.Equal(horizon.ValueKind == System.Text.Json.JsonValueKind.Null ? null : horizon.GetInt64(), header.DeleteHorizonMs);
                Assert.True(header.CrcMatches(batches.CurrentBytes));
            }
            Assert.False(batches.MoveNext());
            Assert.Equal((BatchesEnd.Complete, recorded.Bytes.Length), (batches.End, batches.WholeBytes));
        }
    }

    [Fact]
    public void A_header_is_written_as_it_was_read()
    {
        foreach (var recorded in RecordedBatch.All("records/batches.jsonl").Where(line => !line.IsLegacy))
        {
            Assert.True(BatchHeader.TryRead(recorded.Bytes, out var header));
            var written = new byte[BatchHeader.Size];
            header.Write(written);
            Assert.Equal(recorded.Bytes[..BatchHeader.Size], written);
        }
    }

    [Fact]
    public void Stamping_the_place_leaves_the_checksum_right()
    {
        using var builder = new BatchBuilder();
        var batch = builder.Append(5, null, new byte[] { 1 }).Build();
        BatchHeader.StampPlace(batch.Span, 70_000_000_000, 12);
        Assert.True(BatchHeader.TryRead(batch.Span, out var header));
        Assert.Equal((70_000_000_000, 12, true), (header.BaseOffset, header.LeaderEpoch, header.CrcMatches(batch.Span)));
    }

    [Theory]
    [InlineData(7, 3, 10)]
    [InlineData(int.MaxValue, 0, int.MaxValue)]
    [InlineData(int.MaxValue, 1, 0)]
    [InlineData(int.MaxValue - 1, 4, 2)]
    public void Sequences_begin_again_at_zero(int sequence, int increment, int expected) =>
        Assert.Equal(expected, BatchHeader.SequenceAfter(sequence, increment));
}
