namespace Moldau.Broker.Handover;

/// <summary>What a check of a segment needs to know of its surroundings.</summary>
internal sealed record SegmentRequest
{
    public required string Directory { get; init; }

    public required long BaseOffset { get; init; }

    /// <summary>Kafka will recover the segment: check every batch, cut at the first bad one, and write its indexes anew.</summary>
    public required bool IsRecovered { get; init; }

    public bool IsLast { get; init; }
}

/// <summary>
/// Checks a segment with its indexes: every batch, in order, and each entry against the batches. Where Kafka does not recover the
/// segment it looks at none of this, and what is wrong stays wrong.
/// </summary>
internal sealed class SegmentCheck(CheckContext context, SegmentRequest request, Action<SegmentReader, bool> seen)
{
    private static readonly KafkaAct CutsTail = new("LogSegment", "cuts off what a write that a crash interrupted has left");
    private static readonly KafkaAct CutsRecords = new("LogLoader", "cuts the log here and deletes all that comes behind, good batches too");
    private static readonly KafkaAct DeletesOrKeeps = new("LogSegment", "keeps it; or, where its index gets an entry for it, deletes all of the segment and all that comes behind");
    private static readonly KafkaAct Splits = new("LogLoader", "splits the segment, so that its indexes can name the offset");
    private static readonly KafkaAct CannotSplit = new("LogLoader", "cannot split a segment whose last offset is in its range: the broker does not start");
    private static readonly KafkaAct Serves = new("LogSegment", "does not look: who reads there gets an error, and compaction stops");
    private static readonly KafkaAct AppendsBehind = new("LogSegment", "does not look: it appends behind these bytes, and nobody can read what it appends");
    private static readonly KafkaAct Throws = new("FileLogInputStream", "cannot find the end of the log: the broker does not start");
    private static readonly KafkaAct RebuildsIndexes = new("LogLoader", "reads the segment and writes its indexes anew");
    private static readonly KafkaAct BelievesIndex = new("OffsetIndex", "does not look: who reads by offset, and Kafka itself for the end of the log, is misled");
    private static readonly KafkaAct BelievesTimeIndex = new("TimeIndex", "does not look: who searches by time, and retention, is misled");
    private static readonly KafkaAct EmptyTimeIndex = new("LogSegment", "makes an empty one: a search by time reads the segment from its beginning");
    private static readonly KafkaAct RefusesTransactionIndex = new("TransactionIndex", "does not know the version: the broker does not start");
    private static readonly KafkaAct BelievesTransactionIndex = new("TransactionIndex", "does not look: consumers at read_committed get records of aborted transactions");

    private readonly FileFindings _log = context.Findings.Of(PathOf(request, ".log"));
    private bool _isRecovered = request.IsRecovered;
    private bool _isCut;
    private long _claimed; // By a damaged batch, for its end: the next one may speak against it.
    private (string Problem, long Position, bool IsBelow)? _outOfRange;

    /// <summary>The offset behind the last batch that Kafka keeps.</summary>
    public long NextOffset { get; private set; } = request.BaseOffset;

    /// <summary>Kafka's recovery cuts the log in this segment, and deletes the ones behind it.</summary>
    public bool IsCut => _isCut && request.IsRecovered;

    public void Run()
    {
        string indexPath = PathOf(request, ".index"), timeIndexPath = PathOf(request, ".timeindex");
        if (!File.Exists(indexPath)) Rebuild(indexPath, "It is missing.");
        using var transactions = new TransactionIndexCheck(PathOf(request, ".txnindex"));
        LookOver(transactions);
        if (!File.Exists(timeIndexPath) && !_isRecovered) context.Findings.Of(timeIndexPath).Repaired(EmptyTimeIndex, "It is missing.");
        using var index = File.Exists(indexPath) ? new OffsetIndexCheck(indexPath, request.BaseOffset) : null;
        using var times = File.Exists(timeIndexPath) ? new TimeIndexCheck(timeIndexPath, request.BaseOffset) : null;
        using (var reader = new SegmentReader(PathOf(request, ".log"), context.Window))
        {
            Walk(reader, index, times);
        }
        index?.Finish(NextOffset - 1);
        times?.Finish(NextOffset - 1);
        transactions.Finish(NextOffset - 1);
        Report(index?.Fault, indexPath, BelievesIndex);
        Report(times?.Fault, timeIndexPath, BelievesTimeIndex);
        Report(transactions.Fault, PathOf(request, ".txnindex"), BelievesTransactionIndex);
    }

    /// <summary>The transaction index of the segment that is being walked over.</summary>
    public TransactionIndexCheck? Transactions { get; private set; }

    private void LookOver(TransactionIndexCheck transactions)
    {
        Transactions = transactions;
        string path = PathOf(request, ".txnindex");
        transactions.LookOver(request.BaseOffset);
        if (transactions.UnknownVersionAt is { } at) context.Findings.Of(path).Refused(RefusesTransactionIndex, "An entry has a version above 0.", Remedies.Restore, at);
        else if (transactions.BelowSegmentAt is not null) Rebuild(path, "An entry ends before the segment begins.");
    }

    private void Walk(SegmentReader reader, OffsetIndexCheck? index, TimeIndexCheck? times)
    {
        long counted = 0;
        while (reader.MoveNext())
        {
            if (_claimed <= reader.Current.BaseOffset) NextOffset = Math.Max(NextOffset, _claimed);
            _claimed = 0;
            Judge(reader);
            if (_isCut) break;
            if (reader.IsValid)
            {
                index?.See(reader);
                times?.See(reader.Current);
                seen(reader, _isRecovered);
            }
            if (reader.IsValid) NextOffset = Math.Max(NextOffset, reader.Current.NextOffset);
            else _claimed = reader.Current.NextOffset;
            if (reader.Next - counted < CheckContext.WindowBytes) continue;
            context.CountBytes(request.Directory, reader.Next - counted);
            counted = reader.Next;
        }
        NextOffset = Math.Max(NextOffset, _claimed);
        context.CountBytes(request.Directory, reader.Next - counted);
        if (!_isCut && reader.End != SegmentEnd.Whole) JudgeTail(reader);
        if (_outOfRange is not { } found) return;
        // Kafka meets it before any cut, and then asks for the last batch of the file.
        while (reader.MoveNext())
        {
        }
        JudgeRange(found.Problem, found.Position, found.IsBelow, reader.Current.LastOffset);
    }

    /// <summary>Recovery cuts at a wrong checksum only. No checksum covers the offset, and one that cannot be here has other consequences.</summary>
    private void Judge(SegmentReader reader)
    {
        var batch = reader.Current;
        long fromBase = batch.LastOffset - request.BaseOffset;
        string? problem = !reader.IsValid ? $"The checksum of the batch at offset {batch.BaseOffset} is wrong."
            : fromBase > int.MaxValue ? $"The batch at offset {batch.BaseOffset} is too far from the segment's first offset for its index."
            : batch.BaseOffset < request.BaseOffset ? $"The batch at offset {batch.BaseOffset} stands in the segment that begins at offset {request.BaseOffset}."
            : batch.BaseOffset < NextOffset ? $"The batch at offset {batch.BaseOffset} holds offsets again that came before it, up to {NextOffset - 1}."
            : batch.LastOffsetDelta < 0 ? $"The batch at offset {batch.BaseOffset} ends before it begins."
            : null;
        if (problem is null) return;
        if (!_isRecovered) _log.Lost(Serves, problem, Remedies.Restore, reader.Position);
        else if (!reader.IsValid) Cut(reader, reader.Position, problem);
        else if (fromBase is < 0 or > int.MaxValue) _outOfRange ??= (problem, reader.Position, fromBase < 0);
        else _log.Lost(DeletesOrKeeps, problem, Remedies.Copy, reader.Position);
    }

    /// <summary>Kafka splits the segment at such an offset, which it refuses where the last one is in range: it knows no other reason to.</summary>
    private void JudgeRange(string problem, long position, bool isBelow, long lastOffset)
    {
        if (lastOffset - request.BaseOffset <= int.MaxValue) _log.Refused(CannotSplit, problem, Remedies.Copy, position);
        else if (isBelow) _log.Lost(Splits, problem, Remedies.Copy, position);
        else _log.Repaired(Splits, problem, position);
    }

    private void JudgeTail(SegmentReader reader)
    {
        long left = reader.Length - reader.Next;
        string problem = reader.End == SegmentEnd.Incomplete
            ? $"The file ends within a batch: its last {left} bytes are not a whole one."
            : $"No batch begins here, and {left} bytes follow.";
        if (_isRecovered) Cut(reader, reader.Next, problem);
        else if (request.IsLast && reader.End == SegmentEnd.LengthTooSmall) _log.Refused(Throws, problem, Remedies.Restore, reader.Next);
        else _log.Lost(AppendsBehind, problem, Remedies.Restore, reader.Next);
    }

    /// <summary>A torn end is what recovery is for. With a good batch behind it, recovery takes away what was well.</summary>
    private void Cut(SegmentReader reader, long position, string problem)
    {
        _isCut = true;
        if (SegmentTail.NextGoodBatch(reader, position, NextOffset) is { } good)
        {
            _log.Lost(CutsRecords, $"{problem} Good batches follow from byte {good} on.", Remedies.Copy, position);
        }
        else
        {
            _log.Repaired(CutsTail, problem, position);
        }
    }

    private void Rebuild(string path, string problem)
    {
        _isRecovered = true;
        context.Findings.Of(path).Repaired(RebuildsIndexes, problem);
    }

    private void Report((string Problem, long Position)? fault, string path, KafkaAct believes)
    {
        if (fault is not { } found) return;
        var findings = context.Findings.Of(path);
        if (_isRecovered) findings.Repaired(RebuildsIndexes, found.Problem, found.Position);
        else findings.Lost(believes, found.Problem, "Delete the .index file of the segment: Kafka then writes all of its indexes anew.", found.Position);
    }

    private static string PathOf(SegmentRequest request, string suffix) => PartitionFiles.PathOf(request.Directory, request.BaseOffset, suffix);
}
