using Moldau.Protocol.Records;
using static Moldau.Protocol.Tests.Records.ProducedBatch;

namespace Moldau.Protocol.Tests.Records;

public sealed class BatchRulesTests
{
    private static readonly BatchRules AppendTime = BatchRules.Default with { TimestampType = TimestampType.LogAppendTime };

    [Fact]
    public void A_batch_that_needs_nothing_is_stored_as_it_came()
    {
        var verdict = BatchValidator.Validate(Of(CompressionCodec.None, (Now - 5, "a"), (Now, "b"), (Now - 3, "c")), BatchRules.Default, Now);
        Assert.Equal((BatchFault.None, BatchRewrite.None, Now, 1), (verdict.Fault, verdict.Rewrite, verdict.MaxTimestamp, verdict.MaxTimestampIndex));
    }

    [Fact]
    public void Under_log_append_time_the_header_is_restamped_with_the_broker_s_time()
    {
        var batch = Of(CompressionCodec.Gzip, (1, "a"), (2, "b"));
        var verdict = BatchValidator.Validate(batch, AppendTime, Now);
        Assert.Equal((BatchFault.None, BatchRewrite.Restamp, Now), (verdict.Fault, verdict.Rewrite, verdict.MaxTimestamp));
        BatchRewriter.Restamp(batch, TimestampType.LogAppendTime, verdict.MaxTimestamp);
        BatchHeader.TryRead(batch, out var header);
        Assert.Equal((TimestampType.LogAppendTime, Now, CompressionCodec.Gzip), (header.TimestampType, header.MaxTimestamp, header.Codec));
        Assert.True(header.CrcMatches(batch));
        foreach (var record in new BatchRecords(batch)) Assert.Equal(Now, record.Timestamp);
    }

    [Fact]
    public void A_wrong_maximum_timestamp_is_put_right()
    {
        var batch = With(Of(CompressionCodec.None, (Now, "a")), BatchHeader.MaxTimestampAt, 0, 0, 0, 0, 0, 0, 0, 1);
        var verdict = BatchValidator.Validate(batch, BatchRules.Default, Now);
        Assert.Equal((BatchRewrite.Restamp, Now), (verdict.Rewrite, verdict.MaxTimestamp));
    }

    [Fact]
    public void The_log_append_time_bit_from_a_client_is_cleared_or_refused_as_the_topic_has_it()
    {
        byte[] Claiming() => With(Of(CompressionCodec.None, (Now, "a")), BatchHeader.AttributesAt, 0, (byte)BatchAttributes.LogAppendTime);
        var cleared = BatchValidator.Validate(Claiming(), BatchRules.Default, Now);
        Assert.Equal((BatchFault.None, BatchRewrite.Restamp), (cleared.Fault, cleared.Rewrite));
        var refused = BatchValidator.Validate(Claiming(), AppendTime, Now);
        Assert.Equal(ErrorCode.InvalidTimestamp, refused.Error);
        Assert.Equal(RecordErrorKind.TimestampTypeFromClient, Assert.Single(refused.RecordErrors!).Kind);
    }

    [Theory]
    [InlineData("None", "Gzip")]
    [InlineData("Gzip", "None")]
    [InlineData("Zstd", "Lz4")]
    [InlineData("Lz4", "Snappy")]
    [InlineData("Snappy", "Zstd")]
    public void Another_compression_of_the_topic_rebuilds_the_batch(string sent, string wanted)
    {
        var batch = Of(Enum.Parse<CompressionCodec>(sent), (Now - 1, "a"), (Now, null));
        var rules = BatchRules.Default with { Compression = CompressionSetting.Default(Enum.Parse<CompressionCodec>(wanted)) };
        var verdict = BatchValidator.Validate(batch, rules, Now);
        Assert.Equal(BatchRewrite.Rebuild, verdict.Rewrite);
        using var rebuilt = BatchRewriter.Rebuild(batch, verdict, rules, Now);
        BatchHeader.TryRead(rebuilt.Build().Span, out var header);
        Assert.Equal((wanted, 2, Now), (header.Codec.ToString(), header.RecordCount, header.MaxTimestamp));
        var seen = new List<(long, long, string?)>();
        foreach (var record in new BatchRecords(rebuilt.Build()))
        {
            seen.Add((record.Offset, record.Timestamp, record.Key is { } key ? System.Text.Encoding.UTF8.GetString(key.Span) : null));
        }
        Assert.Equal([(0, Now - 1, "a"), (1, Now, null)], seen);
    }

    [Fact]
    public void The_topic_s_own_compression_keeps_the_batch()
    {
        var rules = BatchRules.Default with { Compression = CompressionSetting.Default(CompressionCodec.Gzip) };
        Assert.Equal(BatchRewrite.None, BatchValidator.Validate(Of(CompressionCodec.Gzip, (Now, "a")), rules, Now).Rewrite);
    }

    [Fact]
    public void A_record_is_refused_for_its_key_before_its_time_and_the_list_names_each_once()
    {
        var batch = Of(CompressionCodec.Zstd, (Now + 7_200_000, null), (Now, "b"), (Now + 7_200_000, "c"));
        var verdict = BatchValidator.Validate(batch, BatchRules.Default with { KeysRequired = true }, Now);
        Assert.Equal(ErrorCode.InvalidTimestamp, verdict.Error);
        var errors = verdict.RecordErrors!.Select(error => (error.Index, error.Kind));
        Assert.Equal([(0, RecordErrorKind.KeyMissing), (2, RecordErrorKind.TimestampOutOfRange)], errors);
        Assert.All(verdict.RecordErrors!, error => Assert.Contains($"ecord {error.Index}", error.Message, StringComparison.Ordinal));
    }

    [Fact]
    public void The_list_of_refused_records_has_an_end()
    {
        using var builder = new BatchBuilder();
        for (int i = 0; i < 3000; i++) builder.Append(Now, null, []);
        var verdict = BatchValidator.Validate(builder.Build(), BatchRules.Default with { KeysRequired = true }, Now);
        Assert.Equal((ErrorCode.InvalidRecord, RecordError.ListedMax), (verdict.Error, verdict.RecordErrors!.Count));
    }

    [Fact]
    public void A_batch_that_unfolds_beyond_the_limit_is_too_large()
    {
        using var builder = new BatchBuilder(new BatchOptions { Compression = CompressionSetting.Default(CompressionCodec.Zstd) });
        for (int i = 0; i < 64; i++) builder.Append(Now, null, new byte[64 * 1024]);
        var batch = builder.Build();
        Assert.True(BatchValidator.Validate(batch, BatchRules.Default, Now).IsGood);
        var verdict = BatchValidator.Validate(batch, BatchRules.Default with { DecompressedBytesMax = 1024 * 1024 }, Now);
        Assert.Equal((BatchFault.DecompressedTooLarge, ErrorCode.MessageTooLarge), (verdict.Fault, verdict.Error));
    }

    [Fact]
    public void Only_errors_that_the_log_finds_itself_tell_the_log_start()
    {
        BatchFault[] silent = [BatchFault.NoBatch, BatchFault.SeveralBatches, BatchFault.ZstdBeforeVersion7, BatchFault.CrcMismatch, BatchFault.TooLarge];
        BatchFault[] telling = [BatchFault.CodecUnknown, BatchFault.CountMismatch, BatchFault.RecordsMalformed, BatchFault.TimestampsRefused];
        Assert.All(silent, fault => Assert.False(BatchFaults.TellsLogStart(fault)));
        Assert.All(telling, fault => Assert.True(BatchFaults.TellsLogStart(fault)));
        Assert.All(Enum.GetValues<BatchFault>(), fault => Assert.NotEmpty(BatchFaults.TextOf(fault)));
    }
}
