using Moldau.Log.Files;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>
/// What a swap of cleaned segments leaves at each point where Kafka or Moldau may have been stopped. The old log holds a batch a
/// segment at 0, 1, 2 and 3; compaction has made one of the first three that holds only the batch at 2.
/// </summary>
public class LeftoversTests
{
    private static readonly string[] Kinds = [".log", ".index", ".timeindex"];

    private readonly SimulatedDisk _disk = new(seed: 1);
    private readonly TestLog _log;

    public LeftoversTests()
    {
        _disk.CreateDirectory("/data");
        _log = new TestLog(new LogSettings { SegmentBytes = 81 }, _disk);
        for (byte i = 0; i < 4; i++) _log.Append(new Batch { Fill = i }.Build());
        _log.Commit();
        _log.Log.Flush();
        _log.Directory.WriteCheckpoints();
    }

    [Fact]
    public void Cleaned_files_mean_nothing()
    {
        foreach (string kind in Kinds) PutCleaned(kind, ".cleaned");
        Assert.Equal([0, 1, 2, 3], Reopened());
    }

    [Fact]
    public void A_swap_that_did_not_begin_for_all_files_is_undone()
    {
        PutCleaned(".log", ".swap");
        PutCleaned(".index", ".cleaned");
        PutCleaned(".timeindex", ".cleaned");
        Assert.Equal([0, 1, 2, 3], Reopened());
    }

    [Fact]
    public void A_swap_is_completed_once_all_files_have_the_suffix()
    {
        foreach (string kind in Kinds) PutCleaned(kind, ".swap");
        Assert.Equal([2, 3], Reopened());
        Assert.Equal([0L, 3L], _log.Log.Segments.All.ToArray().Select(segment => segment.BaseOffset));
        Assert.DoesNotContain(_disk.FileNames(_log.PartitionPath), name => name.StartsWith("00000000000000000001", StringComparison.Ordinal));
    }

    [Fact]
    public void A_swap_is_completed_where_some_of_the_old_files_are_marked_already()
    {
        foreach (string kind in Kinds) PutCleaned(kind, ".swap");
        foreach (string kind in Kinds) _disk.Rename(PathOf(0, kind), PathOf(0, kind) + ".deleted");
        Assert.Equal([2, 3], Reopened());
    }

    [Fact]
    public void A_swap_is_completed_where_the_log_has_its_name_and_the_indexes_have_not()
    {
        for (int offset = 0; offset < 3; offset++)
        {
            foreach (string kind in Kinds) _disk.Rename(PathOf(offset, kind), PathOf(offset, kind) + ".deleted");
        }
        PutCleaned(".log", "");
        PutCleaned(".index", ".swap");
        PutCleaned(".timeindex", ".swap");
        Assert.Equal([2, 3], Reopened());
    }

    [Fact]
    public void The_snapshot_of_producers_at_the_base_of_a_cleaned_segment_stays_and_those_within_it_go()
    {
        foreach (string kind in Kinds) PutCleaned(kind, ".swap");
        _disk.WriteAtomically(PathOf(0, ".snapshot"), _disk.ReadAll(PathOf(1, ".snapshot")));
        Reopened();
        Assert.Equal(
            ["00000000000000000000.snapshot", "00000000000000000003.snapshot"],
            _disk.FileNames(_log.PartitionPath).Where(name => name.EndsWith(".snapshot", StringComparison.Ordinal)));
    }

    private string PathOf(long offset, string kind) => Segments.SegmentFiles.PathOf(_log.PartitionPath, offset, kind);

    /// <summary>The segment at 2, under the name that it has once it stands for all three.</summary>
    private void PutCleaned(string kind, string suffix)
    {
        string from = _disk.FileExists(PathOf(2, kind)) ? PathOf(2, kind) : PathOf(2, kind) + ".deleted";
        // Its indexes count from another base, and so are left empty: they are built anew.
        _disk.WriteAtomically(PathOf(0, kind) + suffix, kind == ".log" ? _disk.ReadAll(from) : []);
    }

    private List<long> Reopened()
    {
        _disk.FlushDirectory(_log.PartitionPath);
        _disk.RestartAfterKill();
        _log.Reopen();
        Assert.Equal((0L, 4L), (_log.Log.LogStartOffset, _log.Log.LogEndOffset));
        Assert.DoesNotContain(_disk.FileNames(_log.PartitionPath), name => name.EndsWith(".swap", StringComparison.Ordinal)
            || name.EndsWith(".cleaned", StringComparison.Ordinal) || name.EndsWith(".deleted", StringComparison.Ordinal));
        return _log.ReadBaseOffsets();
    }
}
