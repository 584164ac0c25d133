using Moldau.Log.Checkpoints;
using Moldau.Log.Files;
using Moldau.Log.Producers;
using Moldau.Log.Segments;

namespace Moldau.Log.Recovery;

/// <summary>
/// Loads a partition's directory. After an unclean stop every segment that reaches beyond the recovery point is scanned: its
/// indexes are built anew, and from the first batch that is not whole on the log is cut off.
/// </summary>
internal sealed class LogLoader(LogEnvironment environment, LoadRequest request)
{
    private readonly LeaderEpochs _epochs = new(environment.Files, Path.Combine(request.Directory, LeaderEpochs.FileName));
    private readonly SnapshotFiles _snapshots = new(environment, request.Directory);
    private readonly List<Segment> _segments = [];
    private long _logEnd;
    private long? _firstScanned;
    private long? _scannedFrom;

    public LoadedLog Load()
    {
        Leftovers.CleanUp(environment, request.Directory);
        _epochs.Load();
        long[] bases = SegmentBases();
        for (int i = 0; i < bases.Length; i++)
        {
            long? nextBase = i + 1 < bases.Length ? bases[i + 1] : null;
            if (IsUnfinished(bases[i]))
            {
                DeleteSegments([bases[i]]);
                continue;
            }
            if (LoadSegment(bases[i], nextBase)) continue;
            DeleteSegments(bases[(i + 1)..]);
            break;
        }
        // The next start may believe their indexes, which stand in memory only so far.
        foreach (var rebuilt in _segments.SkipLast(1).Where(segment => segment.BaseOffset >= _firstScanned)) rebuilt.Seal();
        long logStart = Math.Max(request.LogStartOffset, bases[0]);
        // Where the journal may give back what is missing, it must find the place for it.
        if (!request.IsJournalInForce && _segments is [{ Size: 0 }] && logStart > _logEnd) StartAnewAt(logStart);
        if (request.IsClean && _logEnd < request.RecoveryPoint) environment.Observer.RecordsMissing(request.Name, _logEnd, request.RecoveryPoint);
        _epochs.TruncateFromEnd(_logEnd);
        // A crash may have come between the log's new start and the epochs' file.
        _epochs.TruncateFromStart(Math.Min(request.LogStartOffset, _logEnd));
        var producers = new ProducerRecovery(environment, request.Directory).Recover([.. _segments], _logEnd, _scannedFrom);
        return new LoadedLog
        {
            Segments = [.. _segments],
            Producers = producers,
            Epochs = _epochs,
            IsSealed = _firstScanned is null,
            LogStartOffset = request.IsJournalInForce ? logStart : Math.Min(logStart, _logEnd),
            LogEndOffset = _logEnd,
            RecoveryPoint = Math.Min(request.IsClean ? _logEnd : request.RecoveryPoint, _logEnd),
        };
    }

    private long[] SegmentBases()
    {
        long[] bases = environment.Files.FileNames(request.Directory)
            .Select(name => SegmentFiles.OffsetOf(name, SegmentFiles.Log)).OfType<long>().Order().ToArray();
        long start = request.IsJournalInForce ? request.RecoveryPoint : request.LogStartOffset;
        bool beginIsLost = request.IsJournalInForce && bases.Length > 0 && bases[0] > start;
        if (beginIsLost) DeleteSegments(bases);
        return bases.Length > 0 && !beginIsLost ? bases : [start];
    }

    /// <summary>
    /// Whether the segment was to begin, could not, and the log went on in the one before it. Its producers' snapshot, if there is one, is a
    /// resume point of that one, and is given up with it.
    /// </summary>
    private bool IsUnfinished(long baseOffset) => _segments.Count > 0 && baseOffset < _logEnd && IsEmpty(baseOffset);

    /// <summary>
    /// A segment ends where the next one begins, if that was ever written to. What stands behind that was cut off before, by a start that was
    /// interrupted, and a power cut has brought it back.
    /// </summary>
    private long EndMax(long? nextBase) => nextBase is { } next && !IsEmpty(next) ? next : long.MaxValue;

    private bool IsEmpty(long baseOffset)
    {
        using var file = environment.Files.Open(SegmentFiles.PathOf(request.Directory, baseOffset, SegmentFiles.Log), FileCreation.Existing);
        return file.Length == 0;
    }

    /// <summary>False if the log ends within the segment, so that those behind it must go.</summary>
    private bool LoadSegment(long baseOffset, long? nextBase)
    {
        var segment = new Segment(environment.Files, request.Directory, baseOffset, environment.NowMs);
        _segments.Add(segment);
        LegacyMessage.RefuseAt(segment.Log, 0);
        // A recovery point right at the next segment may be older than that segment, and so than this one's sealed indexes.
        bool believed = request.IsClean || nextBase < request.RecoveryPoint;
        if (believed && segment.Load() is { } end)
        {
            _logEnd = end;
            return true;
        }
        // Where Kafka kept the log, what it would cut is cut: its clients know the log so.
        long wholeUntil = request.IsJournalInForce ? request.RecoveryPoint : 0;
        return Scan(segment, believed ? long.MaxValue : wholeUntil, nextBase);
    }

    private bool Scan(Segment segment, long wholeUntil, long? nextBase)
    {
        long length = segment.Log.Length;
        _logEnd = Begin(segment, Resume(segment, nextBase));
        _firstScanned ??= segment.BaseOffset;
        _scannedFrom ??= _logEnd;
        int unflushedFrom = segment.WrittenBytes;
        var range = new ScanRange { Position = segment.WrittenBytes, BaseOffset = _logEnd, WholeUntil = wholeUntil, EndMax = EndMax(nextBase) };
        int valid = SegmentScan.Run(segment.Log, range, (in header, _) =>
        {
            segment.Note(header, request.Settings.IndexIntervalBytes);
            if (header.NextOffset <= request.RecoveryPoint) unflushedFrom = segment.WrittenBytes;
            _epochs.Assign(header.LeaderEpoch, header.BaseOffset);
            _logEnd = header.NextOffset;
        });
        bool isWhole = valid == length;
        if (!isWhole) LegacyMessage.RefuseAt(segment.Log, valid);
        segment.IsDirty = _logEnd > request.RecoveryPoint;
        segment.Publish();
        if (segment.IsDirty) UnflushedBytes.WriteAgain(segment.Log, unflushedFrom, valid);
        if (!isWhole && _logEnd < Math.Min(wholeUntil, nextBase ?? request.RecoveryPoint)) return GoOnBehindDamage(segment, valid, nextBase);
        if (!isWhole) Cut(segment, valid, length - valid);
        bool hasGap = request.IsJournalInForce && nextBase > _logEnd && _logEnd >= request.RecoveryPoint;
        // Where the next segment begins right behind the tail that was cut, nothing is missing between them. Kafka deletes it all the same.
        return (isWhole || nextBase == _logEnd) && !hasGap;
    }

    /// <summary>
    /// Begins the scan at a resume point or at the segment's beginning. Snapshots beyond it say of indexes that they are whole which from here
    /// on are not, until the scan has ended and all is flushed; were this start to fail before, the next would believe them.
    /// </summary>
    private long Begin(Segment segment, long? resume)
    {
        long from = resume ?? segment.BaseOffset;
        if (_firstScanned is null) _snapshots.DeleteBeyond(from);
        if (resume is null) segment.StartOver();
        else segment.Aborted.KeepBefore(from);
        return from;
    }

    /// <summary>
    /// Takes the segment up to its last resume point below the recovery point, where the journal shows that nobody else wrote the log
    /// since. The answer is that point's offset.
    /// </summary>
    private long? Resume(Segment segment, long? nextBase)
    {
        if (!request.IsJournalInForce || _epochs.Latest < 0) return null;
        // The snapshot where the next segment begins may be older than this one's indexes.
        long end = Math.Min(request.RecoveryPoint, nextBase - 1 ?? long.MaxValue);
        foreach (var (offset, _) in _snapshots.Readable(until: end).TakeWhile(snapshot => snapshot.Offset > segment.BaseOffset))
        {
            if (segment.TryResume(offset)) return offset;
        }
        return null;
    }

    private void Cut(Segment segment, int valid, long bytesCut)
    {
        segment.Truncate(valid);
        environment.Observer.TailTruncated(request.Name, _logEnd, bytesCut);
    }

    /// <summary>
    /// What is known to have been there and whole cannot be read from here on. It is no torn end: the file stays as it is, and
    /// the log goes on with the next segment, or where the recovery point says that new records may begin.
    /// </summary>
    private bool GoOnBehindDamage(Segment segment, int position, long? nextBase)
    {
        environment.Observer.DamagedBatch(request.Name, segment.Log.Path, position);
        if (nextBase is not null && (request.IsClean || nextBase <= request.RecoveryPoint)) return true;
        _logEnd = request.RecoveryPoint;
        var next = new Segment(environment.Files, request.Directory, _logEnd, environment.NowMs);
        next.StartEmpty();
        _segments.Add(next);
        return false;
    }

    private void DeleteSegments(long[] bases)
    {
        foreach (long baseOffset in bases) SegmentFiles.Delete(environment.Files, request.Directory, baseOffset);
        // At once: what came back later, when the journal is empty, would be believed.
        if (bases.Length > 0) environment.Files.FlushDirectory(request.Directory);
    }

    private void StartAnewAt(long logStart)
    {
        _segments[0].Dispose();
        SegmentFiles.Delete(environment.Files, request.Directory, _segments[0].BaseOffset);
        var segment = new Segment(environment.Files, request.Directory, logStart, environment.NowMs);
        segment.StartEmpty();
        _segments[0] = segment;
        _logEnd = logStart;
    }
}
