using Moldau.Log.Commit;

namespace Moldau.Log.Journaling;

/// <summary>
/// Commits through the journal: what has gathered from all partitions is written in one piece and flushed once, while the next
/// round gathers. Large batches are not written twice: their segments are flushed first, and the journal notes that they were.
/// After a failure of the journal nothing is committed any more.
/// </summary>
internal sealed class JournalCommitter(Journal journal, int directBytesMin, Action<Exception> failed) : ICommitter
{
    /// <summary>Gathered bytes beyond which appends wait for the disk.</summary>
    private const int GatheredBytesMax = 32 * 1024 * 1024;

    private readonly object _lock = new();
    private Gathering _gathering = new() { Round = 0 };
    private Gathering _writing = new();
    private long _round;
    private long _gatheredBytes;
    private bool _hasFailed;

    public void WaitForRoom()
    {
        if (Volatile.Read(ref _gatheredBytes) < GatheredBytesMax) return;
        lock (_lock)
        {
            while (_gathering.BatchBytes >= GatheredBytesMax && !_hasFailed) Monitor.Wait(_lock);
        }
    }

    public void Gather(PartitionLog log, ReadOnlySpan<byte> batch, long endOffset)
    {
        lock (_lock)
        {
            if (_hasFailed) return;
            _gathering.Add(log, batch.Length < directBytesMin ? FrameKind.Batch : FrameKind.FlushedBatch, batch, endOffset);
            Volatile.Write(ref _gatheredBytes, _gathering.BatchBytes);
        }
    }

    public bool RunRound()
    {
        lock (_lock)
        {
            if (_hasFailed || _gathering.Length == 0) return false;
            (_gathering, _writing) = (_writing, _gathering);
            _gathering.Round = ++_round;
            Volatile.Write(ref _gatheredBytes, 0);
            Monitor.PulseAll(_lock);
        }
        foreach (var entry in _writing.Logs) Prepare(entry);
        try
        {
            journal.Write(_writing);
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
        return true;
    }

    public void Dispose() => journal.Dispose();

    private static void Prepare(in Gathering.Entry entry)
    {
        try
        {
            if (entry.FlushesSegments) entry.Log.Flush();
            else entry.Log.MakeDirectoryDurable();
        }
        catch (IOException)
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
            Monitor.PulseAll(_lock);
        }
        failed(cause);
    }
}
