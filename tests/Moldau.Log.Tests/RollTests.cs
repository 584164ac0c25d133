namespace Moldau.Log.Tests;

public class RollTests
{
    [Fact]
    public void A_segment_rolls_before_it_would_exceed_its_size()
    {
        var log = new TestLog(new LogSettings { SegmentBytes = 250 });
        for (int i = 0; i < 4; i++) log.Append(new Batch { PayloadBytes = 39 }.Build());
        Assert.Equal([0, 2], BaseOffsets(log));
    }

    [Fact]
    public void A_segment_rolls_when_its_offset_index_is_full()
    {
        var log = new TestLog(new LogSettings { SegmentIndexBytes = 64, IndexIntervalBytes = 0 });
        for (int i = 0; i < 12; i++) log.Append(new Batch { TimestampMs = 1 }.Build());
        Assert.Equal([0, 9], BaseOffsets(log));
    }

    [Fact]
    public void A_segment_rolls_by_the_time_of_its_records()
    {
        var log = new TestLog(new LogSettings { SegmentMs = 1_000 });
        log.Append(new Batch { TimestampMs = 5_000 }.Build());
        log.Append(new Batch { TimestampMs = 6_000 }.Build());
        log.Append(new Batch { TimestampMs = 6_001 }.Build());
        Assert.Equal([0, 2], BaseOffsets(log));
    }

    [Fact]
    public void A_segment_whose_records_have_no_time_rolls_by_the_clock()
    {
        var log = new TestLog(new LogSettings { SegmentMs = 1_000 });
        log.Append(new Batch { TimestampMs = -1 }.Build());
        log.Clock.NowMs += 1_001;
        log.Append(new Batch { TimestampMs = -1 }.Build());
        Assert.Equal([0, 1], BaseOffsets(log));
    }

    [Fact]
    public void The_flush_after_a_roll_leaves_a_snapshot_of_the_producers_at_the_new_base()
    {
        var log = new TestLog(new LogSettings { SegmentBytes = 100 });
        log.Append(new Batch().Build());
        log.Append(new Batch().Build());
        log.Log.Flush();
        Assert.True(log.Files.FileExists(Path.Combine(log.PartitionPath, "00000000000000000001.snapshot")));
    }

    [Fact]
    public async Task A_clean_stop_leaves_indexes_that_hold_no_spare_room()
    {
        var log = new TestLog(new LogSettings { IndexIntervalBytes = 100 });
        for (int i = 0; i < 10; i++) log.Append(new Batch { TimestampMs = 1 + i }.Build());
        await log.Directory.DisposeAsync();
        // An entry stands where more than 100 bytes came since the last: at every second of these batches of 81 bytes.
        Assert.Equal(8 * 4, Length(log, "00000000000000000000.index"));
        Assert.Equal(12 * 5, Length(log, "00000000000000000000.timeindex"));
    }

    private static long Length(TestLog log, string name)
    {
        using var file = log.Files.Open(Path.Combine(log.PartitionPath, name), Files.FileCreation.Existing);
        return file.Length;
    }

    private static long[] BaseOffsets(TestLog log) => log.Log.Segments.All.ToArray().Select(segment => segment.BaseOffset).ToArray();
}
