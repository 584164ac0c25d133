using System.Globalization;
using System.Text;

using Moldau.Log.Cleaning;
using Moldau.Log.Files;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests.Cleaning;

public class LogCleanerTests
{
    private static readonly LogSettings Compacted = new()
    {
        CleanupPolicy = CleanupPolicies.Compact,
        MinCleanableDirtyRatio = 0,
        SegmentBytes = 200,
        FileDeleteDelayMs = 500,
    };

    private readonly SimulatedDisk _disk = KeyedLog.NewDisk(seed: 3);
    private readonly CleaningNotes _notes = new();
    private readonly TestLog _log;

    public LogCleanerTests() => _log = new TestLog(Compacted, _disk, options => options with { Observer = _notes });

    [Fact]
    public void Small_segments_become_one_and_superseded_records_go()
    {
        for (int i = 0; i < 9; i++) Append($"k{i % 2}", $"{i}");
        _log.Log.Settings = Compacted with { SegmentBytes = 1_000 };
        Clean();
        Assert.Equal(["k0=6 at 6", "k1=7 at 7", "k0=8 at 8"], Records());
        Assert.Equal([0L, 8L], _log.Log.Segments.All.ToArray().Select(segment => segment.BaseOffset));
        var stats = Assert.Single(_notes.Passes);
        Assert.Equal((0L, 8L, 4L, 1L, false), (stats.FromOffset, stats.ToOffset, stats.SegmentsBefore, stats.SegmentsAfter, stats.WasMapFull));
    }

    [Fact]
    public void Nothing_is_rewritten_while_there_is_no_room_to_note_how_far_the_log_is_flushed()
    {
        for (int i = 0; i < 9; i++) Append($"k{i % 2}", $"{i}");
        _disk.IsFull = path => path.EndsWith("leader-epoch-checkpoint.tmp", StringComparison.Ordinal);
        Clean();
        Assert.Empty(_notes.Passes);
        _disk.IsFull = null;
        Clean();
        Assert.Single(_notes.Passes);
    }

    [Fact]
    public void A_clean_log_is_left_alone()
    {
        for (int i = 0; i < 9; i++) Append($"k{i % 2}", $"{i}");
        Clean();
        long before = _disk.Operations;
        Clean();
        Assert.Equal((1, before), (_notes.Passes.Count, _disk.Operations));
    }

    [Fact]
    public void A_segment_that_loses_nothing_is_not_replaced()
    {
        for (int i = 0; i < 3; i++) Append($"k{i}", new string('x', 150));
        Clean();
        Assert.DoesNotContain(FileNames(), name => name.EndsWith(".deleted", StringComparison.Ordinal));
        Assert.Equal(2, _log.Log.Cleaning.CleanedOffset);
    }

    [Fact]
    public void Only_logs_with_the_policy_compact_are_cleaned()
    {
        _log.Log.Settings = Compacted with { CleanupPolicy = CleanupPolicies.Delete };
        for (int i = 0; i < 9; i++) Append("k", $"{i}");
        Clean();
        Assert.Empty(_notes.Passes);
    }

    [Fact]
    public void The_metadata_log_is_never_cleaned_whatever_its_settings_say()
    {
        var metadata = _log.Directory.Create(LogDirectory.MetadataPartition, Guid.NewGuid(), Compacted);
        for (int i = 0; i < 9; i++) metadata.Append(Batch("k", $"{i}"), new AppendContext { LeaderEpoch = 0, Origin = AppendOrigin.Coordinator });
        Clean();
        Assert.Empty(_notes.Passes);
    }

    [Theory]
    [InlineData("__consumer_offsets")]
    [InlineData("__transaction_state")]
    [InlineData("__share_group_state")]
    public async Task Logs_of_state_machines_are_cleaned_and_are_whole_after_a_crash(string topic)
    {
        var name = new PartitionName(topic, 0);
        var state = _log.Directory.Create(name, Guid.NewGuid(), Compacted);
        for (int i = 0; i < 9; i++) state.Append(Batch("k", $"{i}"), new AppendContext { LeaderEpoch = 0, Origin = AppendOrigin.Coordinator });
        Clean();
        state.Append(Batch("k", "last"), new AppendContext { LeaderEpoch = 0, Origin = AppendOrigin.Coordinator });
        _log.Commit();
        _disk.RestartAfterPowerCut();
        _log.ReopenAnew();
        state = _log.Directory.Get(name)!;
        Assert.Equal((10L, 8L), (state.LogEndOffset, state.Cleaning.CleanedOffset));
        Assert.Equal(["k=7 at 7", "k=8 at 8", "k=last at 9"], Records(state));
        await _log.DisposeAsync();
    }

    [Fact]
    public void The_dirtiest_log_comes_first()
    {
        var other = new PartitionName("other", 0);
        var second = _log.Directory.Create(other, Guid.NewGuid(), Compacted);
        for (int i = 0; i < 9; i++) Append("k", $"{i}");
        for (int i = 0; i < 9; i++) second.Append(Batch("k", $"{i}"), new AppendContext { LeaderEpoch = 0 });
        _log.Commit();
        _log.Log.Cleaning.CleanedOffset = 4;
        Clean();
        Assert.Equal([0L, 4L], _notes.Passes.Select(pass => pass.FromOffset));
    }

    [Fact]
    public void A_full_offset_map_cleans_as_far_as_it_reaches_even_within_a_batch()
    {
        var settings = new CleaningSettings { DedupeBufferBytes = 4 * OffsetMap.SlotBytes };
        var log = new TestLog(Compacted, KeyedLog.NewDisk(1), options => options with { Observer = _notes, Cleaning = settings });
        using var builder = new BatchBuilder();
        for (int i = 0; i < 10; i++) builder.Append(1_000, Encoding.UTF8.GetBytes($"k{i % 7}"), Encoding.UTF8.GetBytes($"{i}"));
        log.Append(builder.BuildArray());
        log.Append(Batch("k6", new string('y', 200)));
        log.Append(Batch("end", "of the log"));
        log.Commit();
        log.Directory.Upkeep.CompactLogs(CancellationToken.None);
        Assert.Equal([3L, 6L, 9L, 11L], _notes.Passes.Select(pass => pass.ToOffset));
        Assert.Equal([3, 4, 5, 7, 8, 9, 10, 11], Offsets(log.Log));
    }

    [Fact]
    public void Files_of_segments_that_were_replaced_stay_readable_for_the_delay()
    {
        for (int i = 0; i < 9; i++) Append("k", $"{i}");
        var old = _log.Log.Segments.All[..^1].ToArray();
        byte[] before = old.SelectMany(Bytes).ToArray();
        Clean();
        for (int i = 9; i < 18; i++) Append("k", $"{i}");
        Clean();
        Assert.Equal(before, old.SelectMany(Bytes).ToArray());
        _log.Clock.NowMs += 500;
        _log.Directory.Upkeep.DeleteDueFiles();
        Assert.DoesNotContain(FileNames(), name => name.EndsWith(".deleted", StringComparison.Ordinal));
        Assert.Equal(["k=15 at 15", "k=16 at 16", "k=17 at 17"], Records()[^3..]);
    }

    [Fact]
    public void Snapshots_of_producers_go_with_the_segments_that_they_stood_before()
    {
        for (int i = 0; i < 9; i++) Append("k", $"{i}");
        _log.Log.Settings = Compacted with { SegmentBytes = 1_000 };
        Clean();
        Assert.Equal(["00000000000000000008.snapshot"], FileNames().Where(name => name.EndsWith(".snapshot", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_damaged_batch_leaves_its_log_alone_says_where_it_is_and_the_others_are_cleaned()
    {
        var second = _log.Directory.Create(new PartitionName("zebra", 0), Guid.NewGuid(), Compacted);
        for (int i = 0; i < 9; i++) Append("k", $"{i}");
        for (int i = 0; i < 9; i++) second.Append(Batch("k", $"{i}"), new AppendContext { LeaderEpoch = 0 });
        _log.Commit();
        _log.Log.Flush();
        string path = _log.PartitionPath + "/00000000000000000002.log";
        int position = new BatchSearch(_log.Log.Segments.All[1]).Locate(3, int.MaxValue)!.Value.Position;
        _disk.FlipBit(path, position + BatchHeader.Size);
        Clean();
        var told = Assert.Single(_notes.Uncleanable);
        Assert.Equal((path, position), (told.Path, told.Position));
        Assert.Single(_notes.Passes);
        Assert.Null(_log.Log.Failure);
        Assert.DoesNotContain(FileNames(), name => name.EndsWith(".cleaned", StringComparison.Ordinal));
        Clean();
        Assert.Single(_notes.Uncleanable);
    }

    [Fact]
    public void A_full_disk_leaves_the_log_as_it_was_until_there_is_room()
    {
        for (int i = 0; i < 9; i++) Append("k", $"{i}");
        _disk.Fails = (operation, path) => operation is "write" or "cut" && path.EndsWith(".log.cleaned", StringComparison.Ordinal);
        Clean();
        Assert.Single(_notes.Failures);
        Assert.Null(_log.Log.Failure);
        Assert.Equal(9, Records().Count);
        Assert.DoesNotContain(FileNames(), name => name.EndsWith(".cleaned", StringComparison.Ordinal));
        _disk.Fails = null;
        Clean();
        Assert.Equal(["k=7 at 7", "k=8 at 8"], Records());
    }

    [Theory]
    [InlineData("rename", ".cleaned")]
    [InlineData("rename", ".log")]
    [InlineData("rename", ".swap")]
    public async Task A_swap_that_fails_takes_the_partition_offline_and_the_next_start_finds_it_whole(string operation, string ending)
    {
        for (int i = 0; i < 9; i++) Append("k", $"{i}");
        _log.Commit();
        _disk.Fails = (done, path) => done == operation && path.EndsWith(ending, StringComparison.Ordinal);
        Clean();
        Assert.NotNull(_log.Log.Failure);
        Assert.Equal("k=8 at 8", Records()[^1]);
        _disk.Fails = null;
        await _log.RestartAsync();
        Assert.Null(_log.Log.Failure);
        Assert.Equal("k=8 at 8", Records()[^1]);
        Clean();
        Assert.Equal(["k=7 at 7", "k=8 at 8"], Records());
    }

    [Fact]
    public async Task How_far_a_log_was_cleaned_stands_in_the_checkpoint_of_Kafka()
    {
        for (int i = 0; i < 9; i++) Append("k", $"{i}");
        Clean();
        Assert.Equal("0\n1\norders 0 8\n", Encoding.UTF8.GetString(_disk.ReadAll("/data/log/cleaner-offset-checkpoint")));
        await _log.RestartAsync();
        Assert.Equal(8, _log.Log.Cleaning.CleanedOffset);
    }

    [Fact]
    public void A_partition_that_is_made_again_is_dirty_from_its_beginning()
    {
        for (int i = 0; i < 9; i++) Append("k", $"{i}");
        Clean();
        _log.Directory.Delete(TestLog.Partition);
        var again = _log.Directory.Create(TestLog.Partition, Guid.NewGuid(), Compacted);
        Assert.Null(again.Cleaning.CleanedOffset);
        Assert.Equal("0\n0\n", Encoding.UTF8.GetString(_disk.ReadAll("/data/log/cleaner-offset-checkpoint")));
    }

    [Fact]
    public void What_comes_behind_the_new_end_of_a_log_that_was_cut_is_dirty()
    {
        for (int i = 0; i < 9; i++) Append($"k{i % 2}", $"{i}");
        Clean();
        _log.Log.TruncateTo(7);
        Assert.Equal(7, _log.Log.Cleaning.CleanedOffset);
    }

    [Fact]
    public void A_checkpoint_beyond_the_end_of_the_log_counts_for_nothing()
    {
        for (int i = 0; i < 3; i++) Append("k", $"{i}");
        _log.Commit();
        _disk.WriteAtomically("/data/log/cleaner-offset-checkpoint", "0\n1\norders 0 4\n"u8);
        _disk.RestartAfterKill();
        _log.Reopen();
        Assert.Null(_log.Log.Cleaning.CleanedOffset);
    }

    [Fact]
    public void A_compacted_log_ends_a_segment_in_time_for_max_compaction_lag_ms()
    {
        _log.Log.Settings = Compacted with { MaxCompactionLagMs = 100 };
        foreach (long timestampMs in (ReadOnlySpan<long>)[1_000, 1_100, 1_101]) _log.Append(Batch("k", "v", timestampMs));
        Assert.Equal([0L, 2L], _log.Log.Segments.All.ToArray().Select(segment => segment.BaseOffset));
    }

    [Fact]
    public void Nothing_is_compacted_where_the_cleaner_is_off()
    {
        var off = new CleaningSettings { IsEnabled = false };
        var log = new TestLog(Compacted, KeyedLog.NewDisk(1), options => options with { Observer = _notes, Cleaning = off });
        for (int i = 0; i < 9; i++) log.Append(Batch("k", $"{i}"));
        log.Commit();
        log.Directory.Upkeep.CompactLogs(CancellationToken.None);
        Assert.Empty(_notes.Passes);
    }

    [Fact]
    public void A_pass_that_is_told_to_stop_leaves_no_files()
    {
        for (int i = 0; i < 9; i++) Append("k", $"{i}");
        _log.Commit();
        using var stop = new CancellationTokenSource();
        _disk.Fails = (_, path) =>
        {
            if (path.EndsWith(".log.cleaned", StringComparison.Ordinal)) stop.Cancel();
            return false;
        };
        _log.Directory.Upkeep.CompactLogs(stop.Token);
        Assert.Empty(_notes.Passes);
        Assert.Empty(_notes.Failures);
        Assert.DoesNotContain(FileNames(), name => name.EndsWith(".cleaned", StringComparison.Ordinal));
    }

    private static byte[] Batch(string key, string value, long timestampMs = 1_000)
    {
        using var builder = new BatchBuilder();
        return builder.Append(timestampMs, Encoding.UTF8.GetBytes(key), Encoding.UTF8.GetBytes(value)).BuildArray();
    }

    private static byte[] Bytes(Moldau.Log.Segments.Segment segment)
    {
        byte[] bytes = new byte[segment.Size];
        segment.Log.Read(0, bytes);
        return bytes;
    }

    private static List<(long Offset, string Text)> Read(PartitionLog log)
    {
        var records = new List<(long, string)>();
        long from = log.LogStartOffset;
        while (from < log.LogEndOffset)
        {
            using var read = log.Read(from, 1 << 20, ReadBound.LogEnd);
            var batches = new BatchEnumerator(read.Records.Span);
            while (batches.MoveNext())
            {
                foreach (var record in new BatchRecords(read.Records[batches.Position..batches.WholeBytes]))
                {
                    string key = Encoding.UTF8.GetString(record.Key!.Value.Span), value = Encoding.UTF8.GetString(record.Value!.Value.Span);
                    records.Add((record.Offset, string.Create(CultureInfo.InvariantCulture, $"{key}={value} at {record.Offset}")));
                }
                from = batches.Current.NextOffset;
            }
            Assert.True(batches.WholeBytes > 0);
        }
        return records;
    }

    private static IEnumerable<long> Offsets(PartitionLog log) => Read(log).Select(record => record.Offset);

    private static List<string> Records(PartitionLog log) => Read(log).ConvertAll(record => record.Text);

    private List<string> Records() => Records(_log.Log);

    private IReadOnlyList<string> FileNames() => _disk.FileNames(_log.PartitionPath);

    private void Append(string key, string value) => _log.Append(Batch(key, value));

    private void Clean()
    {
        _log.Commit();
        _log.Directory.Upkeep.CompactLogs(CancellationToken.None);
    }
}
