using System.Text;

using Moldau.Log.Cleaning;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>Files that wait for their deletion, and others that have got their former names meanwhile.</summary>
public class DeferredDeletionTests
{
    private const byte Abort = 0;

    private readonly SimulatedDisk _disk = new(seed: 23);
    private readonly TestLog _log;

    public DeferredDeletionTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(new LogSettings { SegmentBytes = 150 }, _disk);
    }

    private string IndexPath => SegmentFiles.PathOf(_log.PartitionPath, 0, SegmentFiles.AbortedTransactions);

    [Fact]
    public void A_topic_that_is_made_again_keeps_its_index_of_transactions_when_files_of_the_former_one_are_due()
    {
        for (int i = 0; i < 3; i++) _log.Append(new Batch { TimestampMs = 100 }.Build());
        _log.Commit();
        Expire();
        _log.Directory.Delete(TestLog.Partition);
        var again = _log.Directory.Create(TestLog.Partition, Guid.NewGuid(), LogSettings.Default);
        var transaction = new Batch { ProducerId = 9, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional };
        again.Append(transaction.Build(), new AppendContext { LeaderEpoch = 0 });
        again.Append(transaction.BuildMarker(Abort), new AppendContext { LeaderEpoch = 0, Origin = AppendOrigin.Coordinator });
        again.Flush();
        DeleteDue();
        Assert.True(_disk.FileExists(IndexPath));
    }

    [Fact]
    public void A_cleaned_segment_keeps_its_index_of_transactions_when_the_one_whose_name_it_has_is_due()
    {
        _log.Append(Keyed("k", producerId: -1));
        _log.Append(Keyed("t", producerId: 100));
        _log.Append(new Batch { ProducerId = 100, Epoch = 0 }.BuildMarker(Abort), origin: AppendOrigin.Coordinator);
        for (int i = 0; i < 3; i++) _log.Append(Keyed("k", producerId: -1));
        _log.Commit();
        Assert.False(_disk.FileExists(IndexPath));
        _log.Log.Settings = new LogSettings { CleanupPolicy = CleanupPolicies.Compact, MinCleanableDirtyRatio = 0, FileDeleteDelayMs = 500 };
        _log.Directory.Upkeep.CompactLogs(CancellationToken.None);
        Assert.True(_disk.FileExists(IndexPath));
        DeleteDue();
        Assert.True(_disk.FileExists(IndexPath));
    }

    [Fact]
    public void Files_whose_delay_is_beyond_all_time_are_never_due()
    {
        for (int i = 0; i < 3; i++) _log.Append(new Batch { TimestampMs = 100 }.Build());
        _log.Commit();
        Expire(delayMs: long.MaxValue);
        _log.Directory.Upkeep.DeleteDueFiles();
        Assert.Contains(_disk.FileNames(_log.PartitionPath), name => name.EndsWith(SegmentFiles.DeletedSuffix, StringComparison.Ordinal));
    }

    private static byte[] Keyed(string key, long producerId)
    {
        using var builder = new BatchBuilder(new BatchOptions
        {
            ProducerId = producerId,
            ProducerEpoch = (short)(producerId < 0 ? -1 : 0),
            BaseSequence = producerId < 0 ? -1 : 0,
            Kind = producerId < 0 ? BatchAttributes.None : BatchAttributes.Transactional,
        });
        return builder.Append(1_000, Encoding.UTF8.GetBytes(key), new byte[40]).BuildArray();
    }

    private void Expire(long delayMs = 500)
    {
        _log.Log.Settings = _log.Log.Settings with { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1_000, FileDeleteDelayMs = delayMs };
        _log.Clock.NowMs = 5_000;
        _log.Directory.Upkeep.DeleteOldSegments();
        Assert.Equal(3, _log.Log.LogStartOffset);
    }

    private void DeleteDue()
    {
        _log.Clock.NowMs += 500;
        _log.Directory.Upkeep.DeleteDueFiles();
        Assert.DoesNotContain(_disk.FileNames(_log.PartitionPath), name => name.EndsWith(SegmentFiles.DeletedSuffix, StringComparison.Ordinal));
    }
}
