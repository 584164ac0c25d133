using System.Globalization;

namespace Moldau.Broker.Handover;

/// <summary>Reads the four files in the root of a log directory that hold an offset for each partition.</summary>
internal sealed class OffsetCheckpointCheck(CheckContext context)
{
    private const string RecoveryPoints = "recovery-point-offset-checkpoint";
    private const string LogStarts = "log-start-offset-checkpoint";
    private const string HighWatermarks = "replication-offset-checkpoint";
    private const string Cleaned = "cleaner-offset-checkpoint";

    private static readonly KafkaAct Offline = new("CheckpointFile", "takes the log directory offline, and the broker stops");
    private static readonly KafkaAct ResetsRecovery = new("LogManager", "recovers every log from its beginning");
    private static readonly KafkaAct ResetsStart = new("LogManager", "takes every log to begin with its first segment: records that DeleteRecords had removed are back");
    private static readonly KafkaAct FailsLeaders = new("ReplicaManager", "cannot make the broker the leader of its partitions");
    private static readonly KafkaAct EndsCleaner = new("LogCleanerManager", "cannot go on: no log is compacted any more");
    private static readonly KafkaAct TakesLowest = new("UnifiedLog", "takes the lowest offset that the log has");
    private static readonly KafkaAct TakesLast = new("OffsetCheckpointFile", "takes the last of them");

    private Dictionary<PartitionFolder, long> _recoveryPoints = [];
    private Dictionary<PartitionFolder, long> _logStarts = [];
    private Dictionary<PartitionFolder, long> _highWatermarks = [];

    public void Read()
    {
        _recoveryPoints = Read(RecoveryPoints, Outcome.Repaired, ResetsRecovery);
        _logStarts = Read(LogStarts, Outcome.Lost, ResetsStart);
        _highWatermarks = Read(HighWatermarks, Outcome.Refused, FailsLeaders);
        Read(Cleaned, Outcome.Refused, EndsCleaner);
    }

    public PartitionOffsets Of(PartitionFolder folder)
    {
        var partition = folder with { Kind = FolderKind.Current };
        return new PartitionOffsets(
            Math.Max(0, _recoveryPoints.GetValueOrDefault(partition)),
            Math.Max(0, _logStarts.GetValueOrDefault(partition)),
            _highWatermarks.TryGetValue(partition, out long highWatermark) ? highWatermark : null);
    }

    /// <summary>Whether the partition has ever been noted, so that there was a log of it.</summary>
    public bool Knows(PartitionFolder partition) => _recoveryPoints.ContainsKey(partition) || _highWatermarks.ContainsKey(partition);

    private Dictionary<PartitionFolder, long> Read(string name, Outcome atBadNumber, KafkaAct actAtBadNumber)
    {
        var offsets = new Dictionary<PartitionFolder, long>();
        var findings = context.Of(name);
        if (SmallFile.Read(findings, Offline) is not { } bytes) return offsets;
        var entries = TextCheckpoint.Read(bytes, fieldCount: 3, intFields: 1, out var fault);
        if (fault is not null)
        {
            var (outcome, act) = fault.IsNumber ? (atBadNumber, actAtBadNumber) : (Outcome.Refused, Offline);
            findings.Add(outcome, act, fault.Problem, $"{Remedies.Restore} Or: {Remedies.RunHandover}", fault.Line);
            return offsets;
        }
        for (int i = 0; i < entries.Count; i++)
        {
            var partition = new PartitionFolder(entries[i][0], int.Parse(entries[i][1], CultureInfo.InvariantCulture), FolderKind.Current);
            long offset = long.Parse(entries[i][2], CultureInfo.InvariantCulture);
            if (offset < 0) findings.Repaired(TakesLowest, $"{partition} has the offset {offset}.", i + 3);
            if (!offsets.TryAdd(partition, offset)) findings.Noted(TakesLast, $"{partition} stands in it twice.", Remedies.RunHandover, i + 3);
            offsets[partition] = offset;
        }
        return offsets;
    }
}
