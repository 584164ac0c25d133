using Moldau.Log.Commit;

namespace Moldau.Log.Journaling;

/// <summary>
/// Commits through the journal: what has gathered from all partitions is written in one piece and flushed once, while the next
/// round gathers. After a failure nothing is committed any more.
/// </summary>
internal sealed class JournalCommitter(Journal journal, Action<Exception> failed) : ICommitter
{
    /// <summary>Gathered bytes beyond which appends wait for the disk.</summary>
    private const int GatheredBytesMax = 32 * 1024 * 1024;

    private readonly object _lock = new();
    private Gathering _gathering = new();
    private Gathering _writing = new();
    private long _round;
    private int _gatheredBytes;
    private bool _hasFailed;

    public void WaitForRoom()
    {
        if (Volatile.Read(ref _gatheredBytes) < GatheredBytesMax) return;
        lock (_lock)
        {
            while (_gathering.Length >= GatheredBytesMax && !_hasFailed) Monitor.Wait(_lock);
        }
    }

    public void Gather(PartitionLog log, ReadOnlySpan<byte> batch, long endOffset)
    {
        lock (_lock)
        {
            if (_hasFailed) return;
            _gathering.Add(log, batch, _round);
            _gathering.SetEnd(log, endOffset);
            Volatile.Write(ref _gatheredBytes, _gathering.Length);
        }
    }

    public bool RunRound()
    {
        lock (_lock)
        {
            if (_hasFailed || _gathering.Length == 0) return false;
            (_gathering, _writing) = (_writing, _gathering);
            _round++;
            Volatile.Write(ref _gatheredBytes, 0);
            Monitor.PulseAll(_lock);
        }
        for (int i = 0; i < _writing.LogCount; i++) _writing[i].Log.MakeDirectoryDurable();
        try
        {
            journal.Write(_writing);
        }
        catch (IOException e)
        {
            Fail(e);
            return false;
        }
        for (int i = 0; i < _writing.LogCount; i++) _writing[i].Log.Commit(_writing[i].EndOffset);
        _writing.Clear();
        return true;
    }

    public void Dispose() => journal.Dispose();

    /// <summary>A flush that failed says nothing about what is on the disk, and a second one may wrongly succeed; so this is the end.</summary>
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
