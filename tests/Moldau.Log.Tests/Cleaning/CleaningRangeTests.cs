using Moldau.Log.Cleaning;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>Logs with one batch in each segment, of 81 bytes; timestamps as given. The last segment is the one being written.</summary>
public class CleaningRangeTests
{
    private const int BatchBytes = 81;

    [Fact]
    public void All_but_the_segment_being_written_is_dirty_at_first()
    {
        var range = RangeOf(Log([1, 2, 3, 4]));
        Assert.Equal((0L, 3L, 0L, 3L * BatchBytes, 1.0), (range.FirstDirtyOffset, range.FirstUncleanableOffset, range.CleanBytes, range.CleanableBytes, range.DirtyRatio));
    }

    [Fact]
    public void The_dirty_part_begins_where_the_last_pass_ended()
    {
        var log = Log([1, 2, 3, 4]);
        log.Log.Cleaning.CleanedOffset = 2;
        var range = RangeOf(log);
        Assert.Equal((2L, 2L * BatchBytes, 1L * BatchBytes), (range.FirstDirtyOffset, range.CleanBytes, range.CleanableBytes));
    }

    [Fact]
    public void A_pass_that_ended_within_a_segment_leaves_it_dirty()
    {
        var log = new TestLog(new LogSettings { SegmentBytes = BatchBytes });
        for (int i = 0; i < 3; i++) log.Append(new Batch { Records = 10 }.Build());
        log.Commit();
        log.Log.Cleaning.CleanedOffset = 15;
        var range = RangeOf(log);
        Assert.Equal((15L, 20L, 2L * BatchBytes, 1L * BatchBytes), (range.FirstDirtyOffset, range.FirstUncleanableOffset, range.CleanBytes, range.CleanableBytes));
    }

    [Fact]
    public void Where_the_log_begins_behind_the_last_pass_its_start_is_the_first_that_is_dirty()
    {
        var log = Log([1, 2, 3, 4]);
        log.Log.Cleaning.CleanedOffset = 1;
        log.Log.DeleteRecordsBefore(2);
        Assert.Equal(2, RangeOf(log).FirstDirtyOffset);
    }

    [Fact]
    public void Where_the_log_ends_before_the_last_pass_all_of_it_is_dirty()
    {
        var log = Log([1, 2, 3, 4]);
        log.Log.Cleaning.CleanedOffset = 5;
        Assert.Equal(0, RangeOf(log).FirstDirtyOffset);
    }

    [Fact]
    public void What_is_not_committed_is_not_cleaned()
    {
        var log = Log([1, 2, 3]);
        log.Append(new Batch { TimestampMs = 4 }.Build());
        log.Append(new Batch { TimestampMs = 5 }.Build());
        Assert.Equal(3, RangeOf(log).FirstUncleanableOffset);
    }

    [Fact]
    public void A_segment_that_an_open_transaction_began_in_is_not_cleaned()
    {
        var log = new TestLog(new LogSettings { SegmentBytes = BatchBytes });
        log.Append(new Batch().Build());
        log.Append(new Batch { ProducerId = 5, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional }.Build());
        log.Append(new Batch().Build());
        log.Append(new Batch().Build());
        log.Commit();
        Assert.Equal(1, RangeOf(log).FirstUncleanableOffset);
    }

    [Fact]
    public void A_segment_younger_than_min_compaction_lag_ms_is_not_cleaned_nor_what_follows_it()
    {
        var log = Log([100, 500, 200, 300], new LogSettings { MinCompactionLagMs = 600 });
        Assert.Equal(1, RangeOf(log, nowMs: 1_099).FirstUncleanableOffset);
        Assert.Equal(3, RangeOf(log, nowMs: 1_100).FirstUncleanableOffset);
    }

    [Fact]
    public void A_log_is_worth_a_pass_when_its_dirty_part_is_larger_than_the_least_ratio()
    {
        var log = Log([1, 2, 3, 4, 5]);
        log.Log.Cleaning.CleanedOffset = 2;
        var range = RangeOf(log);
        Assert.True(range.IsWorthwhile(0.49));
        Assert.False(range.IsWorthwhile(0.5));
    }

    [Fact]
    public void A_log_with_a_record_older_than_max_compaction_lag_ms_is_worth_a_pass_however_clean_it_is()
    {
        var log = Log([100, 200, 300, 400], new LogSettings { MaxCompactionLagMs = 1_000 });
        log.Log.Cleaning.CleanedOffset = 2;
        Assert.False(RangeOf(log, nowMs: 1_300).IsWorthwhile(1));
        Assert.True(RangeOf(log, nowMs: 1_301).IsWorthwhile(1));
    }

    [Fact]
    public void A_log_without_a_closed_segment_is_never_worth_a_pass()
    {
        var log = Log([100], new LogSettings { MaxCompactionLagMs = 1 });
        Assert.False(RangeOf(log, nowMs: 10_000).IsWorthwhile(0));
    }

    [Fact]
    public void Segments_are_cleaned_into_one_as_long_as_they_are_sure_to_fit()
    {
        var segments = Log([1, 2, 3, 4, 5, 6]).Log.Segments.All.ToArray();
        Assert.Equal([2, 2, 1], Counts(segments, 5, new LogSettings { SegmentBytes = 2 * BatchBytes }));
        Assert.Equal([5], Counts(segments, 5, new LogSettings { SegmentBytes = 5 * BatchBytes }));
        Assert.Equal([1, 1, 1, 1, 1], Counts(segments, 5, new LogSettings { SegmentBytes = 1 }));
        Assert.Equal([1, 1, 1, 1, 1], Counts(segments, 5, new LogSettings { SegmentIndexBytes = 12 }));
        Assert.Equal([3], Counts(segments, 3, LogSettings.Default));
    }

    [Fact]
    public void Segments_whose_offsets_are_too_far_apart_stay_apart()
    {
        var log = new TestLog(new LogSettings { SegmentBytes = BatchBytes });
        for (int i = 0; i < 4; i++) log.Append(new Batch { Records = int.MaxValue / 2 }.Build());
        Assert.Equal([2, 1], Counts(log.Log.Segments.All.ToArray(), long.MaxValue / 2, LogSettings.Default)[..2]);
    }

    private static int[] Counts(Moldau.Log.Segments.Segment[] segments, long endOffset, LogSettings settings) =>
        SegmentGroups.Of(segments, endOffset, settings).Select(group => group.Count).ToArray();

    private static CleaningRange RangeOf(TestLog log, long nowMs = 1_000) => CleaningRange.Of(log.Log, nowMs);

    private static TestLog Log(long[] timestamps, LogSettings? settings = null)
    {
        var log = new TestLog((settings ?? LogSettings.Default) with { SegmentBytes = BatchBytes });
        foreach (long timestampMs in timestamps) log.Append(new Batch { TimestampMs = timestampMs }.Build());
        log.Commit();
        return log;
    }
}
