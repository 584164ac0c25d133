using Moldau.Protocol.Records;

namespace Moldau.Broker.Handover;

/// <summary>What the files of the log directory's root say of a partition.</summary>
internal readonly record struct PartitionOffsets(long RecoveryPoint, long LogStart, long? HighWatermark);

/// <summary>
/// Checks the folder of a partition as Kafka loads it: names, epochs, segments with their indexes, snapshots of the producers, and where
/// the log would end.
/// </summary>
internal sealed class PartitionCheck(CheckContext context, string directory)
{
    private static readonly KafkaAct StartsShort = new("UnifiedLog", "takes the log to end there: the offsets behind are given to other records");
    private static readonly KafkaAct DeletesAll = new("LogLoader", "deletes all segments and begins an empty log at that offset");
    private static readonly KafkaAct Overlaps = new("LogSegments", "reads the offset from whichever segment it finds first");
    private static readonly KafkaAct Unreadable = new("LogLoader", "cannot load the partition, so the log directory goes offline");
    private static readonly KafkaAct NotCompared = new("LogLoader", "completes the exchange first; what comes of it is not checked here");

    private static readonly KafkaAct RefusesBatch = new("ProducerAppendInfo", "takes no batch outside of a producer's open transaction: the broker does not start");

    private readonly ProducerTracker _producers = new();
    private bool _isBatchRefused;
    private ProducerSnapshotCheck? _snapshots;
    private SegmentCheck? _segment;
    private LeaderEpochCheck? _epochs;
    private long _logStart;

    /// <summary>Hands on each good batch that Kafka would keep; for the metadata log.</summary>
    public Action<SegmentReader>? BatchSeen { get; init; }

    /// <summary>Whether Kafka recovers the log in any case, from its first segment on; it does so with the metadata log.</summary>
    public bool IsAlwaysRecovered { get; init; }

    /// <summary>Whether Kafka opens the files and does not look for the end of the log.</summary>
    public bool IsNeverRecovered { get; init; }

    /// <summary>Where Kafka would find the end of the log.</summary>
    public long LogEndOffset { get; private set; }

    public long FirstSegment { get; private set; }

    /// <summary>The epochs as the file and the batches say; null until the check has run.</summary>
    public LeaderEpochCheck? Epochs => _epochs;

    public void Run(PartitionOffsets offsets)
    {
        try
        {
            Check(offsets);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            context.Findings.Of(directory).Refused(Unreadable, $"It cannot be read: {e.Message}", Remedies.MakeReadable);
        }
    }

    private void Check(PartitionOffsets offsets)
    {
        var files = new PartitionFiles(context, directory);
        _epochs = new LeaderEpochCheck(context, directory);
        if (files.IsRefused) return;
        if (files.HasSwap)
        {
            context.Findings.Of(directory).Noted(NotCompared, "An exchange of segments was interrupted.", Remedies.RunHandover);
            return;
        }
        _snapshots = new ProducerSnapshotCheck(context, _producers, files.Snapshots);
        FirstSegment = files.Segments.Count > 0 ? files.Segments[0] : offsets.LogStart;
        _logStart = Math.Max(offsets.LogStart, FirstSegment);
        LogEndOffset = FirstSegment;
        CheckSegments(files.Segments, offsets.RecoveryPoint);
        _snapshots.Finish(LogEndOffset, directory);
        _epochs.Finish(LogEndOffset);
        CompareEnd(offsets);
    }

    private void CheckSegments(List<long> segments, long recoveryPoint)
    {
        // Recovery begins with the segment that holds the recovery point.
        int firstRecovered = IsAlwaysRecovered ? 0 : context.WasCleanlyStopped || IsNeverRecovered ? segments.Count : Math.Max(0, segments.FindLastIndex(offset => offset <= recoveryPoint));
        for (int i = 0; i < segments.Count; i++)
        {
            if (segments[i] < LogEndOffset)
            {
                context.Findings.Of(PartitionFiles.PathOf(directory, segments[i], ".log"))
                    .Lost(Overlaps, $"It begins at offset {segments[i]}, and the segment before it ends at {LogEndOffset - 1}.", Remedies.Copy);
            }
            _segment = new SegmentCheck(context, new SegmentRequest
            {
                Directory = directory,
                BaseOffset = segments[i],
                IsRecovered = i >= firstRecovered,
                IsLast = i == segments.Count - 1 && !IsNeverRecovered,
            }, See);
            _segment.Run();
            LogEndOffset = Math.Max(LogEndOffset, _segment.NextOffset);
            if (_segment.IsCut) return;
        }
    }

    private void See(SegmentReader reader, bool isRecovered)
    {
        var batch = reader.Current;
        _snapshots!.UpTo(batch.BaseOffset);
        if (batch.BaseOffset >= _logStart) _epochs!.See(batch, isRecovered);
        if (_producers.OpenTransactionOf(batch) is { } first && !batch.IsTransactional && (isRecovered || batch.BaseOffset >= _snapshots.ReplayedFrom)) RefuseBatch(batch, first);
        if (_producers.See(reader) is { } aborted) _segment!.Transactions!.SeeAbort(aborted.ProducerId, aborted.FirstOffset, aborted.MarkerOffset);
        BatchSeen?.Invoke(reader);
    }

    /// <summary>Once for the partition: Kafka comes no further either.</summary>
    private void RefuseBatch(BatchHeader batch, long first)
    {
        if (_isBatchRefused || IsNeverRecovered) return;
        _isBatchRefused = true;
        context.Findings.Of(directory).Refused(
            RefusesBatch, $"The batch at offset {batch.BaseOffset} is in no transaction, and producer {batch.ProducerId} has one open since offset {first}.", Remedies.Copy);
    }

    private void CompareEnd(PartitionOffsets offsets)
    {
        var findings = context.Findings.Of(directory);
        if (offsets.LogStart > LogEndOffset)
        {
            findings.Lost(DeletesAll, $"The log begins at offset {offsets.LogStart} by log-start-offset-checkpoint, and would end at {LogEndOffset}.", Remedies.RestorePartition);
        }
        else if (offsets.RecoveryPoint > LogEndOffset)
        {
            findings.Lost(StartsShort, $"The log would end at offset {LogEndOffset}, and by recovery-point-offset-checkpoint it was on disk up to {offsets.RecoveryPoint}.", Remedies.RestorePartition);
        }
        else if (offsets.HighWatermark > LogEndOffset)
        {
            findings.Lost(StartsShort, $"The log would end at offset {LogEndOffset}, and by replication-offset-checkpoint consumers could read up to {offsets.HighWatermark}.", Remedies.RestorePartition);
        }
    }
}
