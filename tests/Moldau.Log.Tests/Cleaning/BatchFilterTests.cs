using System.Text;

using Moldau.Log.Cleaning;
using Moldau.Log.Producers;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests.Cleaning;

public class BatchFilterTests
{
    private const long NowMs = 50_000;
    private const long RetentionMs = 1_000;
    private const long Far = 1_000_000;

    private readonly OffsetMap _map = new(100, 0.9, KeyHash.WithFreshSecret());
    private readonly Dictionary<long, LastProduced> _active = [];
    private readonly CleanedTransactions _transactions = new();

    public BatchFilterTests() => _map.Covers(Far);

    [Fact]
    public void A_batch_of_which_nothing_is_superseded_stays_byte_for_byte()
    {
        byte[] batch = Build(new() { BaseOffset = 10 }, ("a", "1"), ("b", "2"));
        Latest(("a", 10), ("b", 11));
        using var left = Filter(batch);
        Assert.False(left.IsChanged);
        Assert.True(left.Bytes.Span.SequenceEqual(batch));
    }

    [Theory]
    [InlineData((int)CompressionCodec.None)]
    [InlineData((int)CompressionCodec.Gzip)]
    [InlineData((int)CompressionCodec.Snappy)]
    [InlineData((int)CompressionCodec.Lz4)]
    [InlineData((int)CompressionCodec.Zstd)]
    public void What_is_superseded_goes_and_offsets_sequence_and_codec_stay(int codecNumber)
    {
        var codec = (CompressionCodec)codecNumber;
        var options = new BatchOptions
        {
            BaseOffset = 10,
            LeaderEpoch = 3,
            ProducerId = 7,
            ProducerEpoch = 2,
            BaseSequence = 90,
            Compression = CompressionSetting.Default(codec),
        };
        byte[] batch = Build(options, ("a", "1"), ("b", "2"), ("c", "3"));
        Latest(("a", 20), ("b", 11), ("c", 21));
        using var left = Filter(batch);
        var header = left.Header;
        Assert.Equal((10L, 12L, 3, codec), (header.BaseOffset, header.LastOffset, header.LeaderEpoch, header.Codec));
        Assert.Equal((7L, (short)2, 90, 92), (header.ProducerId, header.ProducerEpoch, header.BaseSequence, header.LastSequence));
        Assert.Equal((1, 1_001L), (header.RecordCount, header.MaxTimestamp));
        Assert.True(header.CrcMatches(left.Bytes.Span));
        Assert.Equal([(11L, 1_001L, "b", "2")], Records(left));
    }

    [Fact]
    public void The_time_of_the_append_stays_that_of_all_records()
    {
        byte[] batch = Build(new() { BaseOffset = 0, LogAppendTimeMs = 7_777 }, ("a", "1"), ("b", "2"));
        Latest(("a", 5), ("b", 1));
        using var left = Filter(batch);
        Assert.Equal((TimestampType.LogAppendTime, 7_777L), (left.Header.TimestampType, left.Header.MaxTimestamp));
        Assert.Equal([(1L, 7_777L, "b", "2")], Records(left));
    }

    [Fact]
    public void A_batch_of_which_all_is_superseded_goes()
    {
        Latest(("a", 20), ("b", 21));
        Assert.True(Filter(Build(new() { BaseOffset = 10 }, ("a", "1"), ("b", "2"))).Bytes.IsEmpty);
    }

    [Fact]
    public void Of_the_last_batch_of_a_producer_that_may_still_write_the_header_stays()
    {
        var options = new BatchOptions { BaseOffset = 10, ProducerId = 7, ProducerEpoch = 2, BaseSequence = 90, LeaderEpoch = 3 };
        byte[] batch = Build(options, ("a", "1"), ("b", "2"));
        Latest(("a", 20), ("b", 21));
        _active[7] = new LastProduced(LastOffset: 11, Epoch: 2);
        using var left = Filter(batch);
        var header = left.Header;
        Assert.Equal((BatchHeader.Size, 0, 10L, 11L, 91), (left.Bytes.Length, header.RecordCount, header.BaseOffset, header.LastOffset, header.LastSequence));
        Assert.Equal((1_001L, 3), (header.MaxTimestamp, header.LeaderEpoch));
        using var again = Filter(left.Bytes.ToArray());
        Assert.False(again.IsChanged);
        _active[7] = new LastProduced(LastOffset: 30, Epoch: 2);
        Assert.True(Filter(left.Bytes.ToArray()).Bytes.IsEmpty);
    }

    [Fact]
    public void The_last_batch_of_what_may_be_cleaned_stays_without_its_records()
    {
        byte[] batch = Build(new() { BaseOffset = Far - 2 }, ("a", "1"), ("b", "2"));
        Latest(("a", Far), ("b", Far));
        using var left = Filter(batch);
        Assert.Equal((0, Far - 1), (left.Header.RecordCount, left.Header.LastOffset));
    }

    [Fact]
    public void A_tombstone_gets_its_horizon_and_goes_when_that_has_passed()
    {
        byte[] batch = Build(new() { BaseOffset = 10 }, ("a", "1"), ("b", null));
        Latest(("a", 10), ("b", 11));
        using var first = Filter(batch);
        Assert.Equal(NowMs + RetentionMs, first.Header.DeleteHorizonMs);
        Assert.Equal([(10L, 1_000L, "a", "1"), (11L, 1_001L, "b", null)], Records(first));
        Assert.Equal(1_001, first.Header.MaxTimestamp);
        using var before = Filter(first.Bytes.ToArray(), NowMs + RetentionMs - 1);
        Assert.False(before.IsChanged);
        using var after = Filter(first.Bytes.ToArray(), NowMs + RetentionMs);
        Assert.Equal([(10L, 1_000L, "a", "1")], Records(after));
        Assert.Equal(NowMs + RetentionMs, after.Header.DeleteHorizonMs);
        Assert.Equal(1_000, after.Header.MaxTimestamp);
    }

    [Fact]
    public void A_tombstone_hides_what_came_before_it_also_after_its_own_time()
    {
        Latest(("a", 11));
        Assert.True(Filter(Build(new() { BaseOffset = 10 }, ("a", "1"))).Bytes.IsEmpty);
    }

    [Fact]
    public void What_lies_beyond_the_map_stays_and_its_tombstones_have_their_time_still_before_them()
    {
        var map = new OffsetMap(100, 0.9, KeyHash.WithFreshSecret());
        map.Covers(11);
        map.TryPut("a"u8, 10);
        var filter = new BatchFilter(Rules(NowMs) with { Map = map }, _transactions);
        byte[] beyond = Build(new() { BaseOffset = 11 }, ("a", null), ("a", "2"));
        Assert.False(filter.Apply(HeaderOf(beyond), beyond).IsChanged);
        byte[] across = Build(new() { BaseOffset = 10 }, ("a", "1"), ("a", null));
        Assert.False(filter.Apply(HeaderOf(across), across).IsChanged);
    }

    [Fact]
    public void A_record_without_a_key_goes()
    {
        byte[] batch = new BatchBuilder(new() { BaseOffset = 3 }).Append(1, (byte[]?)null, "x"u8.ToArray()).Append(1, [], "y"u8.ToArray()).BuildArray();
        _map.TryPut([], 4);
        using var left = Filter(batch);
        Assert.Equal([(4L, 1L, "", "y")], Records(left));
    }

    [Fact]
    public void Aborted_data_goes_and_its_marker_stays_as_long_as_data_was_met()
    {
        _transactions.Expect([new(7, 10, 12, 13)]);
        byte[] data = Build(Transactional(10), ("a", "1"), ("b", "2"));
        Latest(("a", 10), ("b", 11));
        Assert.True(Filter(data).Bytes.IsEmpty);
        byte[] marker = Marker(12, ControlRecordType.Abort);
        var left = Filter(marker);
        Assert.False(left.IsChanged);
        Assert.Equal(new(7, 10, 12, 13), left.Aborted);
    }

    [Fact]
    public void A_marker_whose_data_is_gone_gets_its_horizon_and_goes_when_that_has_passed()
    {
        byte[] marker = Marker(12, ControlRecordType.Commit);
        using var first = Filter(marker);
        Assert.Equal(NowMs + RetentionMs, first.Header.DeleteHorizonMs);
        Assert.Equal(new TransactionMarker(IsCommit: true, CoordinatorEpoch: 4), TransactionMarker.Read(first.Bytes.Span, first.Header));
        Assert.Equal((12L, 7L, true, true), (first.Header.LastOffset, first.Header.ProducerId, first.Header.IsControl, first.Header.IsTransactional));
        Assert.False(Filter(first.Bytes.ToArray(), NowMs + RetentionMs - 1).IsChanged);
        Assert.True(Filter(first.Bytes.ToArray(), NowMs + RetentionMs).Bytes.IsEmpty);
    }

    [Fact]
    public void A_marker_that_holds_the_last_epoch_of_a_producer_stays_without_its_record()
    {
        using var first = Filter(Marker(12, ControlRecordType.Commit));
        _active[7] = new LastProduced(LastOffset: null, Epoch: 2);
        using var left = Filter(first.Bytes.ToArray(), NowMs + RetentionMs);
        Assert.Equal((0, true, (short)2), (left.Header.RecordCount, left.Header.IsControl, left.Header.ProducerEpoch));
        using var again = Filter(left.Bytes.ToArray(), NowMs + 9 * RetentionMs);
        Assert.False(again.IsChanged);
    }

    [Fact]
    public void A_commit_marker_stays_while_data_of_its_transaction_does()
    {
        byte[] data = Build(Transactional(10), ("a", "1"));
        Latest(("a", 10));
        Assert.False(Filter(data).IsChanged);
        Assert.False(Filter(Marker(12, ControlRecordType.Commit)).IsChanged);
    }

    [Fact]
    public void A_batch_that_loses_nothing_costs_no_memory_for_its_records()
    {
        var records = Enumerable.Range(0, 200).Select(i => ($"key {i}", (string?)"value")).ToArray();
        byte[] batch = Build(new(), records);
        for (int i = 0; i < 90; i++) _map.TryPut(Encoding.UTF8.GetBytes($"key {i}"), i);
        var filter = new BatchFilter(Rules(NowMs), _transactions);
        var header = HeaderOf(batch);
        Assert.False(filter.Apply(header, batch).IsChanged);
        long before = GC.GetAllocatedBytesForCurrentThread();
        filter.Apply(header, batch);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    private static BatchOptions Transactional(long baseOffset) => new()
    {
        BaseOffset = baseOffset,
        ProducerId = 7,
        ProducerEpoch = 2,
        BaseSequence = 0,
        Kind = BatchAttributes.Transactional,
    };

    private static byte[] Marker(long offset, ControlRecordType type) =>
        new BatchBuilder(Transactional(offset) with { BaseSequence = -1, Kind = BatchAttributes.Transactional | BatchAttributes.Control })
            .Append(1_500, ControlRecord.Key(type), ControlRecord.MarkerValue(coordinatorEpoch: 4)).BuildArray();

    private static byte[] Build(BatchOptions options, params (string Key, string? Value)[] records)
    {
        using var builder = new BatchBuilder(options);
        long timestamp = 1_000;
        foreach (var (key, value) in records)
        {
            builder.Append(timestamp++, Encoding.UTF8.GetBytes(key), value is null ? null : Encoding.UTF8.GetBytes(value));
        }
        return builder.BuildArray();
    }

    private static BatchHeader HeaderOf(byte[] batch)
    {
        Assert.True(BatchHeader.TryRead(batch, out var header));
        return header;
    }

    private static List<(long, long, string, string?)> Records(in FilteredBatch batch)
    {
        var records = new List<(long, long, string, string?)>();
        foreach (var record in new BatchRecords(batch.Bytes))
        {
            string? value = record.Value is { } bytes ? Encoding.UTF8.GetString(bytes.Span) : null;
            records.Add((record.Offset, record.Timestamp, Encoding.UTF8.GetString(record.Key!.Value.Span), value));
        }
        return records;
    }

    private void Latest(params (string Key, long Offset)[] offsets)
    {
        foreach (var (key, offset) in offsets) _map.TryPut(Encoding.UTF8.GetBytes(key), offset);
    }

    private FilterRules Rules(long nowMs) => new()
    {
        Map = _map,
        NowMs = nowMs,
        DeleteRetentionMs = RetentionMs,
        FirstUncleanableOffset = Far,
        ActiveProducers = _active,
        DecompressedBytesMax = 1 << 20,
    };

    private FilteredBatch Filter(byte[] batch, long nowMs = NowMs) => new BatchFilter(Rules(nowMs), _transactions).Apply(HeaderOf(batch), batch);
}
