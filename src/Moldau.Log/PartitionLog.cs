using System.Runtime.InteropServices;

using Moldau.Log.Cleaning;
using Moldau.Log.Commit;
using Moldau.Log.Files;
using Moldau.Log.Producers;
using Moldau.Log.Recovery;
using Moldau.Log.Segments;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log;

/// <summary>
/// The log of one partition. An append takes the partition's short lock; reads and the published offsets take none.
/// </summary>
internal sealed class PartitionLog
{
    private readonly Lock _lock = new();
    private readonly LogEnvironment _environment;
    private readonly LogWriter _writer;
    private readonly LogReader _reader;
    private readonly StableOffset _stable = new();
    private readonly LogCommits _commits;
    private readonly LogFlush _flush;
    private readonly LogRetention _retention;
    private bool _isSealed;
    private long _logStart;
    private long _logEnd;
    private long _writtenRecoveryPoint;

    internal PartitionLog(LogEnvironment environment, PartitionIdentity identity, LogSettings settings, LoadedLog loaded)
    {
        _environment = environment;
        Identity = identity;
        Settings = settings;
        _isSealed = loaded.IsSealed;
        _logStart = loaded.LogStartOffset;
        _logEnd = loaded.LogEndOffset;
        Segments = new LogSegments(loaded.Segments);
        Epochs = loaded.Epochs;
        Producers = loaded.Producers;
        _stable.Reset(loaded.Producers.OpenTransactions);
        _commits = new LogCommits(this, _stable, environment.Deadlines);
        _writer = new LogWriter(environment, this);
        _reader = new LogReader(environment, this);
        _flush = new LogFlush(environment, this, _lock, loaded.RecoveryPoint);
        _retention = new LogRetention(environment, this, _writer, _flush, _lock);
        Swap = new SegmentSwap(environment, this, _flush, _lock);
        _commits.Advance(_logEnd);
    }

    public PartitionName Name => Identity.Name;

    public Guid TopicId => Identity.TopicId;

    /// <summary>May be replaced at any time; the next append obeys.</summary>
    public LogSettings Settings { get; set; }

    public long LogStartOffset => Volatile.Read(ref _logStart);

    /// <summary>The durable position (or the log end where the topic opts out of durability). Consumers see what is below it.</summary>
    public long HighWatermark => _commits.HighWatermark;

    /// <summary>The first offset of the oldest open transaction that is still there, or the high watermark.</summary>
    public long LastStableOffset
    {
        get
        {
            // The high watermark first: it may pass a transaction that begins after the other was read, and that would count as stable.
            long highWatermark = HighWatermark;
            return Math.Min(Math.Max(_stable.FirstUnstable, LogStartOffset), highWatermark);
        }
    }

    /// <summary>The offset that the next record gets.</summary>
    public long LogEndOffset => Volatile.Read(ref _logEnd);

    /// <summary>Up to here the segments themselves are known to survive a power cut.</summary>
    public long RecoveryPoint => _flush.RecoveryPoint;

    /// <summary>The recovery point that stands in the checkpoint: what the next start believes at least.</summary>
    public long WrittenRecoveryPoint => Volatile.Read(ref _writtenRecoveryPoint);

    /// <summary>Why the partition takes no more appends; null as long as it does.</summary>
    public Exception? Failure => _commits.Failure;

    /// <summary>Bytes of all segments.</summary>
    public long SizeInBytes
    {
        get
        {
            long bytes = 0;
            foreach (var segment in Segments.All) bytes += segment.Size;
            return bytes;
        }
    }

    /// <summary>The leader epoch of the latest batch, or the one begun since; -1 if there is none.</summary>
    public int LatestLeaderEpoch => Epochs.Latest;

    /// <summary>Whether what stands only in the log's own files is not to be believed durable.</summary>
    internal bool HasFailedFlush => _flush.HasFailed;

    /// <summary>Why a flush that succeeded is not noted: the log goes on, and what needs the note cannot.</summary>
    internal StorageExhaustedException NotNoted => new(
        $"It cannot be noted how far {Name} is flushed: {_flush.EpochsLack?.Message ?? "the checkpoints are not written"}",
        _flush.EpochsLack,
        _flush.EpochsLack?.Lack ?? StorageLack.Room);

    /// <summary>Whether so much was written since the last resume point that the next one is due.</summary>
    internal bool IsResumePointDue => Segments.Active.Size - Segments.Active.ResumePosition >= _environment.ResumePointBytes;

    internal bool IsClosed { get; private set; }

    internal PartitionIdentity Identity { get; }

    internal LogSegments Segments { get; }

    internal Checkpoints.LeaderEpochs Epochs { get; }

    internal ProducerStates Producers { get; private set; }

    internal StableOffset Stable => _stable;

    internal CleaningState Cleaning { get; } = new();

    internal SegmentSwap Swap { get; }

    internal CommitSlot CommitSlot { get; } = new();

    /// <summary>
    /// Appends one validated batch: checks epoch and sequence of its producer, stamps base offset and leader epoch <b>into the
    /// given bytes</b>, and writes them to the page cache and the journal. When it returns the bytes may be reused. Refusals are codes.
    /// </summary>
    public AppendResult Append(ReadOnlyMemory<byte> batch, in AppendContext context)
    {
        var bytes = MemoryMarshal.AsMemory(batch).Span;
        if (!BatchHeader.TryRead(bytes, out var header) || header.TotalBytes != bytes.Length)
        {
            throw new ArgumentException("The bytes are not one whole batch.", nameof(batch));
        }
        AppendResult result;
        lock (_lock) result = AppendLocked(bytes, header, context);
        if (result is not { Error: ErrorCode.None, IsDuplicate: false }) return result;
        if (_environment.Committer is null || !Settings.IsDurable) Commit(result.EndOffset);
        _environment.WakeCommitter?.Invoke();
        return result;
    }

    /// <summary>A producer's batch was refused before it came to the log: those behind it must wait until it comes again, if it does.</summary>
    public void NoteRefused(in BatchHeader header, BatchRefusal refusal)
    {
        lock (_lock) _writer.NoteRefused(header, refusal);
    }

    /// <summary>
    /// Completes when all below the offset is committed; at once, without allocation, if it is. Faults with <see
    /// cref="LogOfflineException"/> if that cannot happen any more. What ended for another reason the high watermark tells.
    /// </summary>
    /// <param name="endOffset">Where what is waited for ends.</param>
    /// <param name="deadline">The clock's timestamp at which the wait ends in any case, or a little later.</param>
    /// <param name="abandoned">
    /// Cancelled when the wait has lost its sense. Then it ends too where the journal has no room; a commit that is under way is waited for.
    /// </param>
    public ValueTask CommittedAsync(long endOffset, long deadline = long.MaxValue, CancellationToken abandoned = default) =>
        _commits.ReachedAsync(endOffset, deadline, abandoned);

    /// <summary>
    /// Completes when what is appended by now is committed, or is not about to be, as the journal has no room: readers wait for a flush
    /// that is under way, not for one that may come some day. Faults as <see cref="CommittedAsync"/>.
    /// </summary>
    public ValueTask SettledAsync() => _environment.Committer is { LacksRoom: true }
        ? ValueTask.CompletedTask
        : _commits.ReachedAsync(LogEndOffset, long.MaxValue, new CancellationToken(canceled: true));

    /// <summary>
    /// Completes when the disk keeps up with what is appended to all partitions. Whoever appends for clients awaits it before
    /// he reads on; that bounds what waits for the disk.
    /// </summary>
    public Task RoomAsync() => _environment.Committer?.RoomAsync() ?? Task.CompletedTask;

    /// <summary>Reads whole batches from the one that holds the offset on, within one segment.</summary>
    public LogRead Read(long from, int maxBytes, ReadBound bound, OversizedBatch oversized = OversizedBatch.Return) =>
        _reader.Read(from, maxBytes, bound, oversized);

    /// <summary>
    /// The aborted transactions that a reader at read_committed must know to read from one offset to another, in the order of
    /// their markers.
    /// </summary>
    /// <exception cref="IOException">They cannot be read. The observer has been told.</exception>
    public IReadOnlyList<AbortedTransaction> AbortedTransactions(long from, long to) => _reader.Aborted(from, to);

    /// <summary>Those that a reader at read_committed must know of what a read from the offset has returned.</summary>
    /// <exception cref="IOException">They cannot be read. The observer has been told.</exception>
    public IReadOnlyList<AbortedTransaction> AbortedTransactions(long from, LogRead read) => _reader.Aborted(from, read);

    /// <summary>The first record at or after the timestamp among those below the bound, or null.</summary>
    /// <exception cref="IOException">It cannot be looked for. The observer has been told.</exception>
    public TimestampAndOffset? OffsetForTimestamp(long timestampMs, ReadBound bound) => _reader.FirstAtOrAfter(timestampMs, bound);

    /// <summary>
    /// The record with the largest timestamp, the first of them if several have it; null in an empty log, and where it lies
    /// beyond the bound.
    /// </summary>
    /// <exception cref="IOException">It cannot be looked for. The observer has been told.</exception>
    public TimestampAndOffset? OffsetForMaxTimestamp(ReadBound bound) => _reader.WithLargestTimestamp(bound);

    /// <summary>The broker has become the partition's leader under this epoch; it begins at the log's end.</summary>
    public void BeginLeaderEpoch(int leaderEpoch)
    {
        lock (_lock) Epochs.Assign(leaderEpoch, _logEnd);
    }

    /// <summary>Leader epoch under which the record at the offset was written, or -1.</summary>
    public int LeaderEpochOf(long offset) => Epochs.EpochOf(offset);

    /// <summary>The largest known epoch not above the given one, and the offset where it ended; (-1, -1) if there is none.</summary>
    public (int LeaderEpoch, long EndOffset) EndOffsetForLeaderEpoch(int leaderEpoch) => Epochs.EndOf(leaderEpoch, LogEndOffset);

    /// <summary>
    /// Moves the log start up, as DeleteRecords does: 1 if the offset is beyond the high watermark; below the start nothing
    /// happens.
    /// </summary>
    public ErrorCode DeleteRecordsBefore(long offset)
    {
        lock (_lock)
        {
            if (offset > HighWatermark) return ErrorCode.OffsetOutOfRange;
            if (offset <= _logStart) return ErrorCode.None;
            MoveStart(offset);
        }
        return ErrorCode.None;
    }

    /// <summary>
    /// Completes when the log start is where no power cut takes it back: true, or false where the checkpoint cannot be written.
    /// </summary>
    public Task<bool> StartWrittenAsync() => _environment.WriteCheckpointsAsync();

    /// <summary>The producers that the partition remembers, in the order of their ids.</summary>
    public IReadOnlyList<ActiveProducer> ActiveProducers()
    {
        lock (_lock) return Producers.Active(_environment.NowMs);
    }

    /// <summary>Where the producer stands with its transactions.</summary>
    public ProducerTransaction TransactionOf(long producerId)
    {
        lock (_lock) return Producers.TransactionOf(producerId, _environment.NowMs);
    }

    public void AddListener(IHighWatermarkListener listener) => _commits.AddListener(listener);

    /// <summary>The segment that has the largest timestamp, and that timestamp's batch; null in an empty log.</summary>
    internal (Segment Segment, TimestampAndOffset Newest)? NewestSegment()
    {
        // An append changes timestamp and size one after the other, under the lock.
        lock (_lock)
        {
            Segment? newest = null;
            foreach (var segment in Segments.All)
            {
                if (segment.Size > 0 && segment.Newest.TimestampMs > (newest?.Newest.TimestampMs ?? -1)) newest = segment;
            }
            return newest is null ? null : (newest, newest.Newest);
        }
    }

    internal void ReportDamage(string path, long position) => _environment.Observer.DamagedBatch(Name, path, position);

    internal long OffsetOf(ReadBound bound) => bound switch
    {
        ReadBound.HighWatermark => HighWatermark,
        ReadBound.LastStableOffset => LastStableOffset,
        _ => LogEndOffset,
    };

    /// <summary>What was appended up to the offset will not be lost any more.</summary>
    internal void Commit(long endOffset) => _commits.Commit(endOffset);

    /// <summary>The journal has no room for what was appended, and nobody knows when it will.</summary>
    internal void CommitStalled() => _commits.Stalled();

    /// <summary>The log begins at the offset now, if it began before it. Called under the append lock.</summary>
    internal void MoveStart(long offset)
    {
        if (offset <= _logStart) return;
        Volatile.Write(ref _logStart, offset);
        Epochs.TruncateFromStart(offset);
    }

    internal void RecoveryPointWritten(long offset) => Volatile.Write(ref _writtenRecoveryPoint, offset);

    /// <summary>The next flush makes the end durable as it stands: what an interrupted start has cut off there may not be gone for good.</summary>
    internal void DistrustEnd()
    {
        lock (_lock)
        {
            if (Segments.All is not [.., var last]) return;
            last.IsDirty = last.HasNewFiles = true;
        }
    }

    /// <summary>Makes way for retention. True if it could do more after a flush and a checkpoint.</summary>
    internal bool PrepareRetention() => _retention.Prepare();

    /// <summary>Takes out the segments that retention gives up. Their files are the caller's to delete.</summary>
    internal Segment[] TakeOldSegments() => _retention.TakeOld();

    /// <summary>Forgets producers that have been idle for too long.</summary>
    internal void RemoveExpiredProducers()
    {
        lock (_lock) Producers.RemoveExpired(_environment.NowMs);
    }

    /// <summary>Where in the log, as it ends now, the state of each producer comes from that may still write.</summary>
    internal LastProducers LastProducers()
    {
        lock (_lock) return new LastProducers(_logEnd, Producers.LastProduced(_environment.NowMs));
    }

    /// <summary>Must precede the first commit of a new partition. A failure that does not pass takes the partition offline.</summary>
    internal void MakeDirectoryDurable()
    {
        try
        {
            _flush.MakeDirectoryDurable();
        }
        catch (IOException e) when (e is not StorageExhaustedException)
        {
            TakeOffline(e);
        }
    }

    /// <summary>Makes the segments themselves durable and moves the recovery point to what was their end.</summary>
    internal void Flush() => Flush(_flush.Run);

    /// <summary>The same where nobody waits for it, so that it may make a resume point too.</summary>
    internal void FlushInBackground() => Flush(_flush.RunWithResumePoint);

    private void Flush(Action flush)
    {
        try
        {
            flush();
        }
        catch (IOException e) when (e is not StorageExhaustedException)
        {
            TakeOffline(e);
            throw;
        }
    }

    /// <summary>Puts back a batch that the journal kept: it must begin where the log ends.</summary>
    internal void Restore(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        lock (_lock)
        {
            _writer.Write(batch, header);
            Publish(header.NextOffset);
        }
        _commits.Advance(header.NextOffset);
    }

    /// <summary>
    /// Cuts everything from the batch that holds the offset on, for state logs whose tail was never confirmed. No read or
    /// append may run meanwhile.
    /// </summary>
    internal void TruncateTo(long offset)
    {
        lock (_lock)
        {
            if (offset >= _logEnd) return;
            _isSealed = false;
            long end = new LogTruncation(_environment, this).CutTo(offset);
            Volatile.Write(ref _logEnd, end);
            _commits.Truncated(end);
            Epochs.TruncateFromEnd(end);
            Producers = new ProducerRecovery(_environment, Identity.Directory).Recover(Segments.All, end, Segments.Active.BaseOffset);
            _stable.Reset(Producers.OpenTransactions);
            _flush.Truncated(end);
            Cleaning.Truncated(end);
        }
    }

    /// <summary>Recovery is over: the start lies within what there is.</summary>
    internal void SettleLogStart() => Volatile.Write(ref _logStart, Math.Min(_logStart, _logEnd));

    /// <summary>The partition takes no more appends. What waits for a commit is told unless its bytes still can become durable.</summary>
    internal void TakeOffline(Exception cause)
    {
        if (_commits.TryFail(cause, $"Partition {Name} is offline after a failure of its disk: {cause.Message}")) _environment.Observer.PartitionOffline(Name, cause);
    }

    /// <summary>Nothing is acknowledged from now on; not this partition's failure.</summary>
    internal void Stop(string reason, Exception? cause) => _commits.Stop(reason, cause);

    /// <summary>Flushes all, and writes what lets the next start believe the files. After it the log is closed.</summary>
    internal void CloseCleanly()
    {
        Stop($"Partition {Name} is closed.", null);
        lock (_lock)
        {
            if (!_isSealed) _writer.SealActive();
        }
        _flush.Run();
        if (!_isSealed) _writer.WriteLastSnapshot();
        Epochs.Save();
        Dispose();
    }

    internal void Dispose()
    {
        IsClosed = true;
        Stop($"Partition {Name} is closed.", null);
        _flush.Close();
    }

    private AppendResult AppendLocked(Span<byte> bytes, BatchHeader header, in AppendContext context)
    {
        if (Failure is not null) return Refused(ErrorCode.KafkaStorageError);
        var (error, repeated) = _writer.Check(bytes, header, context);
        if (error != ErrorCode.None) return Refused(error);
        if (repeated is { } before) return AppendResult.Repeated(before, _logStart);
        BatchHeader.StampPlace(bytes, _logEnd, context.LeaderEpoch);
        header = header with { BaseOffset = _logEnd, LeaderEpoch = context.LeaderEpoch };
        return Write(bytes, header);
    }

    private AppendResult Write(ReadOnlySpan<byte> bytes, in BatchHeader header)
    {
        try
        {
            if (!_writer.TryAppend(bytes, header)) return Refused(ErrorCode.KafkaStorageError);
        }
        catch (IOException e)
        {
            TakeOffline(e);
            return Refused(ErrorCode.KafkaStorageError);
        }
        catch (Exception e)
        {
            // The batch may stand in the segment, and in what is known of its producer, at an offset that the next one would get too.
            TakeOffline(e);
            throw;
        }
        Publish(header.NextOffset);
        _environment.Committer?.Gather(this, bytes, header.NextOffset);
        return AppendResult.Appended(header, _logStart);
    }

    private void Publish(long endOffset)
    {
        _isSealed = false;
        // The end first: a reader that sees the new size must also see that the end has moved.
        Volatile.Write(ref _logEnd, endOffset);
        Segments.Active.Publish();
    }

    private AppendResult Refused(ErrorCode error) => AppendResult.Refused(error, _logStart);
}
