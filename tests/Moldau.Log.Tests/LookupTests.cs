using Moldau.Log.Files;
using Moldau.Log.Segments;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

public class LookupTests
{
    [Fact]
    public void The_first_record_at_or_after_a_timestamp_is_found_within_its_batch_and_across_segments()
    {
        var log = new TestLog(new LogSettings { SegmentBytes = 300, IndexIntervalBytes = 50 });
        for (int i = 0; i < 20; i++) Append(log, 100 * i, 100 * i + 50);
        Assert.Equal(new TimestampAndOffset(0, 0, 0), log.Log.OffsetForTimestamp(-1, ReadBound.LogEnd));
        Assert.Equal(new TimestampAndOffset(700, 14, 0), log.Log.OffsetForTimestamp(651, ReadBound.LogEnd));
        Assert.Equal(new TimestampAndOffset(750, 15, 0), log.Log.OffsetForTimestamp(701, ReadBound.LogEnd));
        Assert.Equal(new TimestampAndOffset(1950, 39, 0), log.Log.OffsetForTimestamp(1950, ReadBound.LogEnd));
        Assert.Null(log.Log.OffsetForTimestamp(1951, ReadBound.LogEnd));
    }

    [Fact]
    public void A_record_that_is_not_committed_is_not_found_by_its_timestamp()
    {
        var log = new TestLog();
        Append(log, 100);
        log.Commit();
        Append(log, 200);
        Assert.Null(log.Log.OffsetForTimestamp(150, ReadBound.HighWatermark));
        Assert.Equal(1, log.Log.OffsetForTimestamp(150, ReadBound.LogEnd)?.Offset);
    }

    [Fact]
    public void Records_before_the_log_start_are_not_found_by_their_timestamp()
    {
        var log = new TestLog();
        Append(log, 100, 200, 300);
        log.Commit();
        log.Log.DeleteRecordsBefore(1);
        Assert.Equal(new TimestampAndOffset(200, 1, 0), log.Log.OffsetForTimestamp(50, ReadBound.LogEnd));
    }

    [Fact]
    public void The_largest_timestamp_is_found_also_where_it_does_not_come_last_and_below_the_log_start()
    {
        var log = new TestLog();
        Append(log, 100, 900, 200);
        Append(log, 900, 300);
        log.Commit();
        Assert.Equal(new TimestampAndOffset(900, 1, 0), log.Log.OffsetForMaxTimestamp(ReadBound.LogEnd));
        log.Log.DeleteRecordsBefore(5);
        Assert.Equal(1, log.Log.OffsetForMaxTimestamp(ReadBound.LogEnd)?.Offset);
        Assert.Null(new TestLog().Log.OffsetForMaxTimestamp(ReadBound.LogEnd));
    }

    [Fact]
    public void A_timestamp_is_found_in_a_batch_of_Kafkas_that_unfolds_to_more_than_is_taken_here_and_takes_little_memory()
    {
        var log = new TestLog();
        log.Append(UnfoldingBatch.Of(130 * 1024 * 1024, timestampMs: 700));
        log.Commit();
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Equal(new TimestampAndOffset(700, 0, 0), log.Log.OffsetForMaxTimestamp(ReadBound.LogEnd));
        Assert.Equal(new TimestampAndOffset(700, 0, 0), log.Log.OffsetForTimestamp(650, ReadBound.LogEnd));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 8 * 1024 * 1024);
    }

    [Fact]
    public void Records_before_the_log_start_cannot_be_read_and_the_start_never_moves_back()
    {
        var log = new TestLog();
        Append(log, 100, 200, 300);
        log.Commit();
        Assert.Equal(ErrorCode.OffsetOutOfRange, log.Log.DeleteRecordsBefore(4));
        Assert.Equal(ErrorCode.None, log.Log.DeleteRecordsBefore(2));
        Assert.Equal(ErrorCode.None, log.Log.DeleteRecordsBefore(1));
        Assert.Equal(2, log.Log.LogStartOffset);
        using var before = log.Log.Read(1, 100, ReadBound.LogEnd);
        using var after = log.Log.Read(2, 100, ReadBound.LogEnd);
        Assert.Equal((ErrorCode.OffsetOutOfRange, ErrorCode.None), (before.Error, after.Error));
        Assert.Equal(2, after.LogStartOffset);
    }

    [Theory]
    [InlineData(0L)]
    [InlineData(2_999_999_999L)]
    public void A_segment_that_begins_far_behind_an_offset_is_read_from_its_beginning(long offset)
    {
        const long Base = 3_000_000_000;
        using var segment = new Segment(new MemoryFileStore(1 << 20), "/data", Base, createdMs: 0);
        segment.StartEmpty();
        for (int i = 0; i < 5; i++)
        {
            byte[] batch = new Batch().Build();
            BatchHeader.StampPlace(batch, Base + i, leaderEpoch: 0);
            BatchHeader.TryRead(batch, out var header);
            segment.Append(batch, header, indexIntervalBytes: 0);
        }
        segment.Publish();
        Assert.Equal(0, new BatchSearch(segment).Locate(offset, segment.Size)?.Position);
    }

    [Fact]
    public void An_epochs_end_is_the_start_of_the_next_or_the_log_end()
    {
        var log = new TestLog();
        log.Append(new Batch { Records = 5 }.Build(), leaderEpoch: 1);
        log.Append(new Batch { Records = 5 }.Build(), leaderEpoch: 4);
        Assert.Equal((0, 0L), log.Log.EndOffsetForLeaderEpoch(0));
        Assert.Equal((1, 5L), log.Log.EndOffsetForLeaderEpoch(1));
        Assert.Equal((1, 5L), log.Log.EndOffsetForLeaderEpoch(3));
        Assert.Equal((4, 10L), log.Log.EndOffsetForLeaderEpoch(4));
        Assert.Equal((-1, -1L), log.Log.EndOffsetForLeaderEpoch(5));
        Assert.Equal((1, 4), (log.Log.LeaderEpochOf(4), log.Log.LeaderEpochOf(5)));
    }

    [Fact]
    public async Task An_epoch_that_has_no_records_yet_is_known_after_a_restart()
    {
        var log = new TestLog();
        log.Append(new Batch().Build());
        log.Log.BeginLeaderEpoch(3);
        await log.RestartAsync();
        Assert.Equal((3, 1L), log.Log.EndOffsetForLeaderEpoch(3));
    }

    [Fact]
    public void Listeners_are_told_of_each_commit()
    {
        var log = new TestLog();
        var listener = new CountingListener();
        log.Log.AddListener(listener);
        log.Append(new Batch().Build());
        Assert.Empty(listener.Seen);
        log.Commit();
        log.Append(new Batch().Build());
        log.Append(new Batch().Build());
        log.Commit();
        Assert.Equal([1, 3], listener.Seen);
    }

    private static void Append(TestLog log, params long[] timestamps)
    {
        using var builder = new BatchBuilder();
        foreach (long timestamp in timestamps) builder.Append(timestamp, null, [1]);
        log.Append(builder.BuildArray());
    }

    private sealed class CountingListener : IHighWatermarkListener
    {
        public List<long> Seen { get; } = [];

        public void HighWatermarkMoved(PartitionLog log) => Seen.Add(log.HighWatermark);
    }
}
