using Moldau.Log.Journaling;

namespace Moldau.Log.Commit;

/// <summary>The committer of a log directory, the journal behind it if there is one, and the threads that run them.</summary>
internal sealed class CommitService : IDisposable
{
    private readonly LogDirectory _directory;
    private readonly LogObserver _observer;
    private readonly Journal? _journal;
    private BackgroundWorker? _committing;
    private BackgroundWorker? _recycling;
    private volatile bool _checkpointsAreWanted;

    private CommitService(LogDirectoryOptions options, Guid directoryId, LogDirectory directory)
    {
        _directory = directory;
        _observer = options.Observer;
        if (options.CommitMode != CommitMode.Journal) return;
        _journal = new Journal(new JournalOptions
        {
            Files = options.Files,
            Path = options.JournalPath,
            DirectoryId = directoryId,
            FileBytes = options.JournalFileBytes,
            WakeRecycler = () => _recycling?.Wake(),
        });
        Committer = new GroupCommitter(_journal, options.DirectBytesMin, directory.Fail);
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

    public void BeginQuorumEpoch(int quorumEpoch) => _journal?.Begin(quorumEpoch);

    public void WantCheckpoints()
    {
        _checkpointsAreWanted = true;
        _recycling?.Wake();
    }

    /// <summary>
    /// Frees one full file of the journal, and writes the checkpoints if that is wanted. False if there was nothing to do.
    /// </summary>
    public bool Recycle()
    {
        if (_journal?.Recycle(TryWriteCheckpoints) == true) return true;
        if (!_checkpointsAreWanted) return false;
        _checkpointsAreWanted = false;
        TryWriteCheckpoints();
        return true;
    }

    /// <summary>Ends the threads after their last round.</summary>
    public void StopThreads()
    {
        _committing?.Dispose();
        _recycling?.Dispose();
    }

    public void EmptyJournal() => _journal?.Empty();

    public void Dispose() => _journal?.Dispose();

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
