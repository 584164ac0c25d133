using Moldau.Log.Files;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>A start that fails after it has begun to build indexes anew leaves nothing that lets the next one believe the old ones.</summary>
public class UnfinishedStartTests
{
    private static readonly PartitionName State = new("__consumer_offsets", 0);

    private readonly SimulatedDisk _disk = new(seed: 71);
    private readonly TestLog _log;

    public UnfinishedStartTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(files: _disk, options: options => options with { ResumePointBytes = 100 });
        _log.Directory.Create(State, Guid.NewGuid(), LogSettings.Default);
        var transaction = new Batch { ProducerId = 9, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional };
        Append(transaction.Build());
        Append(transaction.BuildMarker(type: 0));
        Append(new Batch().Build());
        MakeResumePoint();
        for (int i = 0; i < 3; i++) Append(new Batch().Build());
        MakeResumePoint();
    }

    /// <summary>As above: what comes back may even be whole, and the log have gone on in a segment behind it.</summary>
    [Fact]
    public void What_comes_back_at_the_end_of_a_segment_does_not_reach_into_the_next_one()
    {
        var disk = new SimulatedDisk(seed: 72);
        disk.CreateDirectory("/data");
        disk.FlushDirectory("/");
        var log = new TestLog(new LogSettings { SegmentBytes = 200 }, disk);
        for (int i = 0; i < 4; i++) log.Append(new Batch().Build());
        log.Commit();
        disk.RestartAfterKill();
        byte[] stale = new Batch { Fill = 99 }.Build();
        BatchHeader.StampPlace(stale, 2, 0);
        using (var file = disk.Open(Path.Combine(log.PartitionPath, "00000000000000000000.log"), FileCreation.Existing)) file.Write(file.Length, stale);
        log.Reopen();
        Assert.Equal([0, 1, 2, 3], log.ReadBaseOffsets());
        Assert.Equal([2 * stale.Length, 2 * stale.Length], log.Log.Segments.All.ToArray().Select(segment => segment.Size));
    }

    private PartitionLog Log => _log.Directory.Get(State)!;

    [Fact]
    public void A_state_log_that_was_being_cut_still_knows_its_aborted_transactions()
    {
        Append(new Batch().Build());
        _disk.RestartAfterKill();
        AssertKnownAfterFailedStart();
    }

    [Fact]
    public void A_log_whose_index_was_gone_still_knows_its_aborted_transactions()
    {
        _disk.RestartAfterKill();
        _disk.DeleteFile(SegmentFiles.PathOf(_log.Directory.PathOf(State), 0, SegmentFiles.TimeIndex));
        AssertKnownAfterFailedStart();
    }

    /// <summary>The unfinished one may have cut off what a power cut would bring back, in the place of what is acknowledged since.</summary>
    [Fact]
    public void A_start_after_an_unfinished_one_flushes_the_end_of_each_log()
    {
        string end = SegmentFiles.PathOf(_log.Directory.PathOf(State), 0, SegmentFiles.Log);
        Assert.DoesNotContain(end, FlushedByStart());
        _disk.Lacks = (operation, path) => operation == "write" && path.Contains("checkpoint", StringComparison.Ordinal);
        _disk.RestartAfterKill();
        Assert.ThrowsAny<IOException>(_log.Reopen);
        Assert.Contains(end, FlushedByStart());
        Assert.DoesNotContain(end, FlushedByStart());
    }

    private List<string> FlushedByStart()
    {
        var flushed = new List<string>();
        _disk.Lacks = (operation, path) =>
        {
            if (operation == "flush") flushed.Add(path);
            return false;
        };
        _disk.RestartAfterKill();
        _log.Reopen();
        _disk.Lacks = null;
        return flushed;
    }

    private void AssertKnownAfterFailedStart()
    {
        _disk.Lacks = (operation, path) => operation == "write" && path.EndsWith(SegmentFiles.AbortedTransactions, StringComparison.Ordinal);
        Assert.IsType<StorageExhaustedException>(Xunit.Record.Exception(_log.Reopen));
        _disk.Lacks = null;
        _disk.RestartAfterKill();
        _log.Reopen();
        Assert.Single(Log.AbortedTransactions(0, Log.LogEndOffset));
        Assert.Equal(6, Log.LogEndOffset);
    }

    private void Append(byte[] batch) => Log.Append(batch, new AppendContext { LeaderEpoch = 0, Origin = AppendOrigin.Coordinator });

    private void MakeResumePoint()
    {
        _log.Commit();
        Log.FlushInBackground();
        _log.Directory.WriteCheckpoints();
    }
}
