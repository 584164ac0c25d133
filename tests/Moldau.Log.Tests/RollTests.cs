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
    public async Task With_jitter_segments_roll_up_to_so_much_earlier_each_partition_at_its_own_time_and_after_a_restart_at_the_same()
    {
        const int Jitter = 40;
        var settings = new LogSettings { SegmentMs = 100, SegmentJitterMs = Jitter };
        var log = Begun(settings);
        var ages = AgesOfRolls(log);
        Assert.All(ages, age => Assert.InRange(age, 100 - Jitter + 2, 100 + 1)); // By less than the jitter, and behind that time.
        Assert.InRange(ages.Distinct().Count(), ages.Count / 2, ages.Count);
        Assert.InRange(ages.Max() - ages.Min(), Jitter / 2, Jitter);
        var restarted = Begun(settings);
        await restarted.RestartAsync();
        Assert.Equal(ages, AgesOfRolls(restarted));
        Assert.NotEqual(ages, AgesOfRolls(restarted)); // Their next segments have times of their own.
    }

    [Fact]
    public void Jitter_that_is_longer_than_the_time_of_a_segment_is_cut_to_it()
    {
        var log = Begun(new LogSettings { SegmentMs = 20, SegmentJitterMs = 1_000_000 });
        Assert.All(AgesOfRolls(log), age => Assert.InRange(age, 1, 20 + 1));
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

    /// <summary>Ten partitions with one record each.</summary>
    private static TestLog Begun(LogSettings settings)
    {
        var log = new TestLog(settings);
        for (int i = 1; i < 10; i++) log.Directory.Create(TestLog.Partition with { Partition = i }, new Guid(i, 0, 0, new byte[8]), settings);
        foreach (var partition in log.Directory.Partitions) Append(partition, timestampMs: 0);
        return log;
    }

    /// <summary>How much younger than its segment's first record each partition's first record in the next segment is.</summary>
    private static List<long> AgesOfRolls(TestLog log) => log.Directory.Partitions.Select(AgeOfRoll).ToList();

    private static long AgeOfRoll(PartitionLog log)
    {
        int segments = log.Segments.All.Length;
        long first = log.Segments.Active.FirstTimestampMs, at = first;
        while (log.Segments.All.Length == segments) Append(log, ++at);
        return at - first;
    }

    private static void Append(PartitionLog log, long timestampMs) =>
        log.Append(new Batch { TimestampMs = timestampMs }.Build(), new AppendContext { LeaderEpoch = 0 });

    private static long[] BaseOffsets(TestLog log) => log.Log.Segments.All.ToArray().Select(segment => segment.BaseOffset).ToArray();
}
