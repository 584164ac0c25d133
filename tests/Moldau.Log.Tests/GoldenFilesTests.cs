using System.Text;

using Moldau.Log.Files;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>
/// The bytes of all files that a log directory and its journal write, as they were when they were last compared with what Kafka reads.
/// A change here is a change of a format that users have on their disks.
/// </summary>
public class GoldenFilesTests
{
    private static readonly PartitionName Table = new("table", 0);

    [Fact]
    public async Task Every_file_is_written_as_it_always_was()
    {
        var log = new TestLog(new LogSettings { SegmentBytes = 500, IndexIntervalBytes = 100 }, options: options => options with { JournalFileBytes = 8_192 });
        Append(log, new Batch { TimestampMs = 1_000 });
        Append(log, new Batch { Records = 3, TimestampMs = 900 });
        Append(log, new Batch { ProducerId = 7, Epoch = 1, Sequence = 0, TimestampMs = 1_100 });
        Append(log, new Batch { ProducerId = 8, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional }, leaderEpoch: 3);
        Append(log, new Batch { ProducerId = 9, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional }, leaderEpoch: 3);
        log.Append(new Batch { ProducerId = 8, Epoch = 0 }.BuildMarker(type: 0), leaderEpoch: 3, origin: AppendOrigin.Coordinator);
        Append(log, new Batch { Key = 1, PayloadBytes = 50, TimestampMs = 1_200 }, leaderEpoch: 3);
        log.Commit();
        log.Log.DeleteRecordsBefore(2);
        var files = GoldenFiles.LinesOf(log.Files, "/data/journal").ToList();
        await log.Directory.DisposeAsync();
        files.AddRange(GoldenFiles.LinesOf(log.Files, "/data/log"));
        Assert.Null(GoldenFiles.Difference("GoldenFiles.txt", files));
    }

    /// <summary>The note that keeps Kafka away, what guards the metadata log, the mark of a recovery, and the note in the journal of a batch that was flushed.</summary>
    [Fact]
    public void What_is_there_while_a_broker_runs_and_while_a_start_repairs_is_written_as_it_always_was()
    {
        var disk = new SimulatedDisk(seed: 1);
        disk.CreateDirectory("/data");
        var log = new TestLog(files: disk, options: options => options with { JournalFileBytes = 16_384, DirectBytesMin = 1_000 });
        disk.CreateDirectory("/data/log/__cluster_metadata-0");
        disk.WriteAtomically("/data/log/__cluster_metadata-0/quorum-state", Encoding.UTF8.GetBytes("""{"leaderEpoch":4}"""));
        log.Directory.BeginQuorumEpoch(4);
        Append(log, new Batch { PayloadBytes = 2_000 });
        Append(log, new Batch());
        log.Commit();
        disk.RestartAfterKill();
        disk.Fails = (operation, path) => operation == "write" && path.Contains("recovery-point-offset-checkpoint", StringComparison.Ordinal);
        Assert.Throws<IOException>(log.Reopen);
        string[] files = [.. GoldenFiles.LinesOf(disk, "/data/journal"), .. GoldenFiles.LinesOf(disk, "/data/log").Where(line => line.Contains(".moldau_recovery", StringComparison.Ordinal) || line.Contains("handover", StringComparison.OrdinalIgnoreCase))];
        Assert.Null(GoldenFiles.Difference("GoldenRun.txt", files));
    }

    /// <summary>A cleaned segment with its indexes, and how far the log is clean.</summary>
    [Fact]
    public async Task What_compaction_leaves_is_written_as_it_always_was()
    {
        var settings = new LogSettings
        {
            SegmentBytes = 600,
            IndexIntervalBytes = 100,
            CleanupPolicy = CleanupPolicies.Compact,
            MinCleanableDirtyRatio = 0,
            DeleteRetentionMs = 100,
            FileDeleteDelayMs = 0,
        };
        var log = new TestLog(settings);
        var table = log.Directory.Create(Table, new Guid(5, 5, 5, new byte[8]), settings);
        var transaction = new Batch { ProducerId = 8, Epoch = 0, Sequence = 0, Key = 50, TimestampMs = 1_000, Attributes = BatchAttributes.Transactional };
        Take(new Batch { Key = 1, Records = 2, TimestampMs = 1_000 });
        Take(transaction);
        Take(new Batch { ProducerId = 8, Epoch = 0, TimestampMs = 1_000, Marker = 0 });
        Take(transaction with { Key = 60, Sequence = 1 });
        Take(new Batch { ProducerId = 8, Epoch = 0, TimestampMs = 1_001, Marker = 1 });
        for (int key = 2; key < 8; key++) Take(new Batch { Key = key, Records = 2, TimestampMs = 1_000 + key });
        Take(new Batch { Key = 3, PayloadBytes = 0, TimestampMs = 2_000 });
        Take(new Batch { Key = 99, PayloadBytes = 400, TimestampMs = 2_000 });
        Take(new Batch { Key = 99, PayloadBytes = 400, TimestampMs = 2_001 });
        log.Commit();
        log.Directory.Upkeep.CompactLogs(CancellationToken.None);
        log.Directory.Upkeep.DeleteDueFiles();
        await log.Directory.DisposeAsync();
        string[] files = [.. GoldenFiles.LinesOf(log.Files, "/data/log").Where(line => line.Contains("/table-0/", StringComparison.Ordinal) || line.Contains("cleaner", StringComparison.Ordinal))];
        Assert.Null(GoldenFiles.Difference("GoldenCompaction.txt", files));

        void Take(Batch batch) => Assert.Equal(Protocol.ErrorCode.None, table.Append(batch.Build(), new AppendContext { LeaderEpoch = 0, Origin = batch.Marker is null ? AppendOrigin.Client : AppendOrigin.Coordinator }).Error);
    }

    private static void Append(TestLog log, Batch batch, int leaderEpoch = 0) => log.Append(batch.Build(), leaderEpoch);
}
