using Moldau.Protocol.Records;
using static Moldau.Protocol.Tests.Records.ProducedBatch;

namespace Moldau.Protocol.Tests.Records;

public sealed class PreparedBatchTests
{
    [Fact]
    public void A_batch_that_fits_its_topic_is_stored_in_the_bytes_that_came()
    {
        ReadOnlyMemory<byte> sent = Of(CompressionCodec.Lz4, (Now, "a"));
        using var prepared = PreparedBatch.Of(sent, BatchRules.Default, Now);
        Assert.True(prepared.Verdict.IsGood && prepared.Bytes.Equals(sent));
    }

    [Fact]
    public void Timestamps_of_the_append_are_stamped_into_the_bytes_that_came()
    {
        ReadOnlyMemory<byte> sent = Of(CompressionCodec.Lz4, (Now - 9, "a"));
        using var prepared = PreparedBatch.Of(sent, BatchRules.Default with { TimestampType = TimestampType.LogAppendTime }, Now);
        BatchHeader.TryRead(prepared.Bytes.Span, out var header);
        Assert.True(prepared.Bytes.Equals(sent) && header.CrcMatches(sent.Span));
        Assert.Equal((Now, TimestampType.LogAppendTime), (header.MaxTimestamp, header.TimestampType));
    }

    [Fact]
    public void A_producer_s_identity_and_transaction_survive_another_compression()
    {
        using var builder = new BatchBuilder(new BatchOptions { ProducerId = 9, ProducerEpoch = 2, BaseSequence = 40, Kind = BatchAttributes.Transactional });
        var sent = builder.Append(Now, null, "v"u8.ToArray()).BuildArray();
        using var prepared = PreparedBatch.Of(sent, BatchRules.Default with { Compression = CompressionSetting.Default(CompressionCodec.Zstd) }, Now);
        BatchHeader.TryRead(prepared.Bytes.Span, out var header);
        Assert.Equal((9L, (short)2, 40, true), (header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.IsTransactional));
    }

    [Fact]
    public void A_batch_that_another_compression_makes_too_large_is_refused()
    {
        using var builder = new BatchBuilder(new BatchOptions { Compression = CompressionSetting.Default(CompressionCodec.Gzip) });
        var sent = builder.Append(Now, null, new byte[5000]).BuildArray();
        var rules = BatchRules.Default with { BatchBytesMax = 4000, Compression = CompressionSetting.Default(CompressionCodec.Snappy) };
        using (var fitting = PreparedBatch.Of(sent, rules, Now)) Assert.True(fitting.Verdict.IsGood);
        using var prepared = PreparedBatch.Of(sent, rules with { Compression = CompressionSetting.Default(CompressionCodec.None) }, Now);
        Assert.Equal(ErrorCode.MessageTooLarge, prepared.Verdict.Error);
    }

    [Fact]
    public void Wrong_offset_deltas_are_kept_without_compression_and_put_right_by_a_new_one()
    {
        // The second record's offset delta is the fourth byte of its eight: | length | attributes | timestamp delta | offset delta | ...
        byte[] Sent()
        {
            var batch = Of(CompressionCodec.None, (Now, null), (Now, null));
            int second = BatchHeader.Size + ((batch.Length - BatchHeader.Size) / 2);
            return With(batch, second + 3, 8);
        }

        using (var kept = PreparedBatch.Of(Sent(), BatchRules.Default, Now)) Assert.Equal([0, 4], OffsetsOf(kept));
        using var rebuilt = PreparedBatch.Of(Sent(), BatchRules.Default with { Compression = CompressionSetting.Default(CompressionCodec.Lz4) }, Now);
        Assert.Equal([0, 1], OffsetsOf(rebuilt));
    }

    private static List<long> OffsetsOf(in PreparedBatch prepared)
    {
        Assert.True(prepared.Verdict.IsGood);
        var offsets = new List<long>();
        foreach (var record in new BatchRecords(prepared.Bytes)) offsets.Add(record.Offset);
        return offsets;
    }
}
