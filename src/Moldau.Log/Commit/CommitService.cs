using Moldau.Log.Files;
using Moldau.Log.Journaling;

namespace Moldau.Log.Commit;

/// <summary>The committer of a log directory, the journal behind it if there is one, and the threads that run them.</summary>
internal sealed class CommitService : IDisposable
{
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly LogDirectory _directory;
    private readonly LogObserver _observer;
    private readonly Journal? _journal;
    private BackgroundWorker? _committing;
    private BackgroundWorker? _recycling;
    private readonly Lock _lock = new();
    private readonly ITimer _retry;
    private TaskCompletionSource<bool>? _checkpoints;
    private volatile bool _waitsNoMore;

    private CommitService(LogDirectoryOptions options, Guid directoryId, LogDirectory directory)
    {
        _directory = directory;
        _observer = options.Observer;
        _retry = options.Clock.CreateTimer(_ => Retry(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        if (options.CommitMode != CommitMode.Journal) return;
        _journal = new Journal(new JournalOptions
        {
            Files = options.Files,
            Path = options.JournalPath,
            DirectoryId = directoryId,
            FileBytes = options.JournalFileBytes,
            WakeRecycler = () => _recycling?.Wake(),
        });
        Committer = new GroupCommitter(_journal, new CommitterOptions
        {
            DirectBytesMin = options.DirectBytesMin,
            FrameBytesMax = options.UncommittedBytesMax,
            Failed = directory.Fail,
            Waits = WaitForJournal,
            GoesOn = _observer.CommitGoesOn,
        });
    }

    /// <summary>Null where appends are committed at once.</summary>
    public GroupCommitter? Committer { get; }

    public Action? WakeCommitter { get; private set; }

    public static CommitService Start(LogDirectoryOptions options, Guid directoryId, int quorumEpoch, LogDirectory directory)
    {
        var service = new CommitService(options, directoryId, directory);
        service._journal?.Begin(quorumEpoch);
        if (service.Committer is { } committer && options.Threads == BackgroundThreads.Own)
        {
            service._committing = new BackgroundWorker("Moldau commit", committer.RunRound, directory.Fail);
            service.WakeCommitter = service._committing.Wake;
            service._recycling = new BackgroundWorker("Moldau flush", service.Recycle, directory.Fail);
        }
        return service;
    }

    /// <summary>Reserves the room for the journal's first frames.</summary>
    /// <exception cref="StorageExhaustedException">There is none.</exception>
    public void ReserveJournal() => _journal?.Reserve();

    /// <summary>What has no room from now on, or had none before, is given up.</summary>
    public void StopWaiting()
    {
        _waitsNoMore = true;
        WakeCommitter?.Invoke();
    }

    public void BeginQuorumEpoch(int quorumEpoch) => _journal?.Begin(quorumEpoch);

    /// <summary>Has the checkpoints written soon. False if they could not be.</summary>
    public Task<bool> WriteCheckpointsAsync()
    {
        // In memory nothing survives that they could say.
        if (_journal is null) return Task.FromResult(true);
        Task<bool> written;
        lock (_lock) written = (_checkpoints ??= new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        _recycling?.Wake();
        return written;
    }

    /// <summary>
    /// Frees one full file of the journal, and writes the checkpoints if that is wanted. False if there was nothing to do.
    /// </summary>
    public bool Recycle()
    {
        var outcome = _journal?.Recycle(TryWriteCheckpoints) ?? RecycleOutcome.Idle;
        if (outcome == RecycleOutcome.Done) return true;
        if (outcome == RecycleOutcome.Waits) _retry.Change(RetryAfter, Timeout.InfiniteTimeSpan);
        TaskCompletionSource<bool>? wanted;
        lock (_lock) (wanted, _checkpoints) = (_checkpoints, null);
        if (wanted is null) return false;
        wanted.SetResult(TryWriteCheckpoints());
        return true;
    }

    /// <summary>Ends the threads after their last round.</summary>
    public void StopThreads()
    {
        _committing?.Dispose();
        _recycling?.Dispose();
    }

    public void EmptyJournal() => _journal?.Empty();

    public void Dispose()
    {
        _retry.Dispose();
        _journal?.Dispose();
    }

    private void Retry()
    {
        WakeCommitter?.Invoke();
        _recycling?.Wake();
    }

    /// <summary>The disk is full: what the recycler frees may do, or what the operator does.</summary>
    private void WaitForJournal(Exception cause)
    {
        if (_waitsNoMore)
        {
            _directory.GiveUp(cause);
            return;
        }
        _observer.CommitWaits(cause);
        _directory.CommitStalled();
        _recycling?.Wake();
        _retry.Change(RetryAfter, Timeout.InfiniteTimeSpan);
    }

    /// <summary>A failure, on a full disk say, loses nothing: the journal keeps what it holds.</summary>
    private bool TryWriteCheckpoints()
    {
        try
        {
            _directory.WriteCheckpoints();
            return true;
        }
        catch (IOException e)
        {
            _observer.CheckpointsNotWritten(e);
            return false;
        }
    }
}
