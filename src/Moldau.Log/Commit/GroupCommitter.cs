using Moldau.Log.Files;
using Moldau.Log.Journaling;

namespace Moldau.Log.Commit;

/// <summary>
/// Commits through the journal: what has gathered from all partitions is written in one piece and flushed once, while the next
/// round gathers. Large batches are not written twice: their segments are flushed first, and the journal notes that they were.
/// After a failure of the journal nothing is committed any more.
/// </summary>
internal sealed class GroupCommitter(Journal journal, CommitterOptions options) : IDisposable
{
    /// <summary>Gathered bytes beyond which those who append should wait for the disk.</summary>
    internal const int GatheredBytesMax = 32 * 1024 * 1024;

    private readonly Lock _lock = new();
    private Gathering _gathering = new() { Round = 0 };
    private Gathering _writing = new();
    private long _round;
    private long _gatheredBytes;
    private long _claimedBytes;
    private TaskCompletionSource? _room;
    private bool _hasFailed;
    private volatile bool _lacksRoom;

    /// <summary>Whether the last round found no room, and waits for some.</summary>
    public bool LacksRoom => _lacksRoom;

    /// <summary>
    /// Completes when no more has gathered than may wait in memory, or nothing is gathered any more. An append does not wait
    /// by itself, since it holds up a thread; who reads from clients awaits this before reading on.
    /// </summary>
    public Task RoomAsync()
    {
        if (Volatile.Read(ref _gatheredBytes) < GatheredBytesMax) return Task.CompletedTask;
        lock (_lock)
        {
            if (_gathering.BatchBytes < GatheredBytesMax || _hasFailed) return Task.CompletedTask;
            _room ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            return _room.Task;
        }
    }

    /// <summary>
    /// Claims the memory in which a batch is to be gathered, before it is written anywhere: what stands in its segment must also come into the
    /// journal. <see cref="RoomAsync"/> is asked for only between two requests of each connection, so it is no bound.
    /// </summary>
    /// <exception cref="StorageExhaustedException">There is none.</exception>
    public void Claim(ReadOnlySpan<byte> batch)
    {
        int bytes = FrameBytesOf(batch);
        if (Interlocked.Add(ref _claimedBytes, bytes) <= options.FrameBytesMax) return;
        Unclaim(bytes);
        throw new StorageExhaustedException(
            $"{options.FrameBytesMax} bytes, as many as may, wait in memory for the disk of the journal, which does not keep up.");
    }

    /// <summary>The batch was not appended.</summary>
    public void Unclaim(ReadOnlySpan<byte> batch) => Unclaim(FrameBytesOf(batch));

    /// <summary>
    /// Gathers a stamped batch, for which memory was claimed, for the next round. Called under the partition's lock, so that a partition's
    /// batches keep their order.
    /// </summary>
    public void Gather(PartitionLog log, ReadOnlySpan<byte> batch, long endOffset)
    {
        try
        {
            lock (_lock)
            {
                if (_hasFailed) return;
                _gathering.Add(log, KindOf(batch), batch, endOffset);
                Volatile.Write(ref _gatheredBytes, _gathering.BatchBytes);
            }
        }
        catch (Exception e)
        {
            // The batch stands in its segment, and the next round would commit it with those behind it, though the journal lacks it.
            Fail(e);
        }
    }

    /// <summary>Makes durable what has gathered. False if there was nothing.</summary>
    public bool RunRound()
    {
        if (_hasFailed || !(IsWaiting || TakeGathered())) return false;
        try
        {
            foreach (var entry in _writing.Logs) Prepare(entry);
            journal.Write(_writing);
        }
        catch (StorageExhaustedException e)
        {
            // Nothing of it was flushed, so the same round may be written again when there is room.
            _lacksRoom = true;
            options.Waits(e);
            return false;
        }
        catch (IOException e)
        {
            Fail(e);
            return false;
        }
        foreach (var entry in _writing.Logs)
        {
            // A commit covers all before it, also what a former round left to the segments: where their flush failed, none is safe.
            if (!entry.Log.IsClosed && !entry.Log.HasFailedFlush) entry.Log.Commit(entry.EndOffset);
        }
        _writing.Clear();
        if (_lacksRoom) options.GoesOn();
        _lacksRoom = false;
        return true;
    }

    public void Dispose() => journal.Dispose();

    /// <summary>Whether a round could not be written yet.</summary>
    private bool IsWaiting => _writing.Length > 0;

    private bool TakeGathered()
    {
        lock (_lock)
        {
            if (_gathering.Length == 0) return false;
            (_gathering, _writing) = (_writing, _gathering);
            Unclaim(_writing.Length);
            _gathering.Round = ++_round;
            Volatile.Write(ref _gatheredBytes, 0);
            TellRoom();
        }
        return true;
    }

    private FrameKind KindOf(ReadOnlySpan<byte> batch) => batch.Length < options.DirectBytesMin ? FrameKind.Batch : FrameKind.FlushedBatch;

    private int FrameBytesOf(ReadOnlySpan<byte> batch) => Gathering.FrameBytesOf(KindOf(batch), batch);

    private void Unclaim(int bytes) => Interlocked.Add(ref _claimedBytes, -bytes);

    private static void Prepare(in Gathering.Entry entry)
    {
        try
        {
            if (entry.FlushesSegments) entry.Log.Flush();
            else entry.Log.MakeDirectoryDurable();
        }
        catch (IOException e) when (e is not StorageExhaustedException)
        {
            // The partition has gone offline and told those who wait.
        }
    }

    /// <summary>
    /// A flush that failed says nothing about what is on the disk, and a second one may wrongly succeed; so this is the end.
    /// </summary>
    private void Fail(Exception cause)
    {
        lock (_lock)
        {
            _hasFailed = true;
            TellRoom();
        }
        options.Failed(cause);
    }

    private void TellRoom()
    {
        _room?.SetResult();
        _room = null;
    }
}

/// <summary>What a committer is made with.</summary>
internal sealed record CommitterOptions
{
    /// <inheritdoc cref="LogDirectoryOptions.DirectBytesMin"/>
    public required int DirectBytesMin { get; init; }

    /// <inheritdoc cref="LogDirectoryOptions.UncommittedBytesMax"/>
    public required long FrameBytesMax { get; init; }

    /// <summary>Told why nothing is committed any more.</summary>
    public required Action<Exception> Failed { get; init; }

    /// <summary>Told that a round found no room, and must be run again.</summary>
    public required Action<Exception> Waits { get; init; }

    /// <summary>Told that such a round has found it.</summary>
    public required Action GoesOn { get; init; }
}
