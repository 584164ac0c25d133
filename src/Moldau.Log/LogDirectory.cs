using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

using Moldau.Log.Checkpoints;
using Moldau.Log.Commit;
using Moldau.Log.Files;
using Moldau.Log.Journaling;
using Moldau.Log.Recovery;
using Moldau.Log.Upkeep;

namespace Moldau.Log;

/// <summary>A log directory: lock, identity, checkpoints, partition logs and the journal that makes their appends durable.</summary>
internal sealed class LogDirectory : IAsyncDisposable
{
    private const int FlushesAtOnceMax = 8;

    internal static readonly PartitionName MetadataPartition = new("__cluster_metadata", 0);

    private readonly LogDirectoryOptions _options;
    private readonly IDisposable _lock;
    private readonly JournalDirectory _journal;
    private readonly LogEnvironment _environment;
    private readonly ConcurrentDictionary<PartitionName, PartitionLog> _partitions = new();
    private readonly PartitionDirectories _directories;
    private readonly DirectoryCheckpoints _checkpoints;
    private CommitService? _commits;
    private Exception? _failure;
    private int _disposed;

    private LogDirectory(LogDirectoryOptions options, IDisposable directoryLock, JournalDirectory journal)
    {
        _options = options;
        _lock = directoryLock;
        _journal = journal;
        _environment = new LogEnvironment(options.Clock)
        {
            Files = options.Files,
            Observer = options.Observer,
            ProducerIdExpirationMs = options.ProducerIdExpirationMs,
            ResumePointBytes = options.ResumePointBytes,
        };
        _directories = new PartitionDirectories(options.Files, options.Path, options.NewId);
        _checkpoints = new DirectoryCheckpoints(options.Files, options.Path);
        Upkeep = new DirectoryUpkeep(this, _environment, options.Cleaning);
        Identity = ReadIdentity();
        WasCleanlyStopped = CleanShutdown.Take(Files, options.Path);
    }

    public DirectoryIdentity Identity { get; }

    /// <summary>Whether the directory had been stopped cleanly when it was opened; true for a new one.</summary>
    public bool WasCleanlyStopped { get; private set; }

    /// <summary>For what stands in a partition's directory beside its log (quorum-state, snapshots of the metadata).</summary>
    public IFileStore Files => _options.Files;

    /// <summary>Fresh ids for what is made in the directory.</summary>
    public Func<Guid> NewId => _options.NewId;

    /// <summary>Written to <c>.kafka_cleanshutdown</c>; the registration with the metadata gives it.</summary>
    public long BrokerEpoch { get; set; } = -1;

    /// <summary>What its logs need from time to time.</summary>
    public DirectoryUpkeep Upkeep { get; }

    /// <summary>In the order of names, so that what is done to all is done in one order.</summary>
    public IReadOnlyList<PartitionLog> Partitions =>
        [.. _partitions.Values.OrderBy(log => log.Name.Topic, StringComparer.Ordinal).ThenBy(log => log.Name.Partition)];

    /// <summary>Takes the lock, loads identity and partitions, and after an unclean stop repairs them before anything is served.</summary>
    /// <exception cref="DirectoryInUseException">Another process has the directory or its journal open.</exception>
    /// <exception cref="JournalMissingException">The stop was not clean, and the journal is not there.</exception>
    /// <exception cref="CheckpointFormatException">A file that says what the directory or one of its partitions is, is damaged.</exception>
    /// <exception cref="LegacyFormatException">A log holds messages of a format that is not read here.</exception>
    /// <exception cref="IOException">The disk fails, or lacks room or handles.</exception>
    public static LogDirectory Open(LogDirectoryOptions options)
    {
        options.Files.CreateDirectory(options.Path);
        options.Files.FlushDirectory(Path.GetDirectoryName(options.Path)!);
        var directoryLock = options.Files.Lock(options.Path);
        JournalDirectory? journal = null;
        LogDirectory? directory = null;
        try
        {
            JournalDirectory.ThrowIfMissing(options.Files, options.JournalPath, options.Path);
            journal = JournalDirectory.Open(options.Files, options.JournalPath);
            directory = new LogDirectory(options, directoryLock, journal);
            directory.Recover();
            return directory;
        }
        catch
        {
            directory?.CloseFiles();
            journal?.Dispose();
            directoryLock.Dispose();
            throw;
        }
    }

    /// <summary>What recovery set aside of the journal since the directory does not hold its topics; null where there is none.</summary>
    public JournalOfUnknownTopics? JournalOfUnknownTopics { get; private set; }

    public string PathOf(PartitionName partition) => _directories.PathOf(partition);

    public PartitionLog? Get(PartitionName partition) => _partitions.GetValueOrDefault(partition);

    /// <summary>Makes the partition's directory and empty log; the existing one if it is there with the same topic id.</summary>
    public PartitionLog Create(PartitionName partition, Guid topicId, LogSettings settings)
    {
        if (Get(partition) is { } existing)
        {
            return existing.TopicId == topicId
                ? existing
                : throw new InvalidOperationException($"{partition} exists and belongs to another topic of that name. Delete it first.");
        }
        // A former partition of that name must not lend the new one its offsets after a crash.
        if (_checkpoints.IsOutdated(partition)) WriteCheckpoints();
        string path = _directories.Make(partition, topicId, former => IsOpenUnderOtherCase(partition, former));
        var request = new LoadRequest { Name = partition, Directory = path, Settings = settings, IsClean = true };
        return _partitions[partition] = Load(partition, topicId, settings, request);
    }

    /// <summary>
    /// Closes the logs, renames their directories at once and deletes them. Waiting commits fault, listeners are told. Where a
    /// directory cannot be renamed its log is gone all the same, the others are still deleted, and then this throws.
    /// </summary>
    public void Delete(params IReadOnlyList<PartitionName> partitions)
    {
        var renamed = new List<string>();
        IOException? failure = null;
        foreach (var partition in partitions)
        {
            try
            {
                // A full disk may have let the directory be made and not the log.
                if (TryTakeOut(partition) || _directories.IsThere(partition)) renamed.Add(_directories.MarkDeleted(partition));
            }
            catch (IOException e)
            {
                failure ??= new IOException($"The directory of the deleted partition {partition} cannot be renamed: {e.Message}", e);
            }
        }
        _directories.Flush();
        foreach (string directory in renamed) Files.DeleteDirectory(directory);
        if (failure is not null) throw failure;
    }

    /// <summary>Renames the directory of a partition that the metadata does not know to <c>-stray</c>, as Kafka does.</summary>
    public void SetAside(PartitionName partition)
    {
        if (!TryTakeOut(partition)) return;
        _directories.MarkStray(partition);
        _directories.Flush();
    }

    /// <summary>
    /// The quorum epoch that was just written to <c>quorum-state</c>, before anything is appended. The journal names it, so that
    /// it is not replayed over a log that has moved on.
    /// </summary>
    public void BeginQuorumEpoch(int quorumEpoch)
    {
        // Where there is a journal; without one nothing is acknowledged that Kafka would not find.
        if (_commits?.Committer is not null) HandoverNotice.Write(Files, _options.Path);
        _commits?.BeginQuorumEpoch(quorumEpoch);
    }

    public string JournalPath => _options.JournalPath;

    /// <summary>Size of a file of the journal in bytes.</summary>
    public long JournalFileBytes => _options.JournalFileBytes;

    /// <summary>Reserves the room for the journal's first file, without which nothing is ever committed.</summary>
    /// <exception cref="StorageExhaustedException">There is none.</exception>
    public void ReserveJournal() => _commits?.ReserveJournal();

    /// <summary>Its topics are deleted, so nobody will ask for it.</summary>
    public void DeleteJournalOfUnknownTopics()
    {
        if (JournalOfUnknownTopics is { } journal) Files.DeleteDirectory(journal.Path);
        JournalOfUnknownTopics = null;
    }

    /// <summary>
    /// The directory is about to be closed: a commit for which the journal has no room is not waited for any more. Who waits for it is told,
    /// and the close is then no clean one.
    /// </summary>
    public void StopWaitingForRoom() => _commits?.StopWaiting();

    /// <summary>Writes offsets as they are known now, so that the next start recovers less and keeps what was deleted deleted.</summary>
    public void WriteCheckpoints() => _checkpoints.Write(() => Partitions);

    /// <summary>A clean stop: everything flushed, checkpoints and <c>.kafka_cleanshutdown</c> written, journal empty.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return ValueTask.CompletedTask;
        Upkeep.Dispose();
        _commits?.StopThreads();
        try
        {
            if (_failure is null && CloseAll())
            {
                WriteCheckpoints();
                _commits?.EmptyJournal();
                HandoverNotice.Remove(Files, _options.Path);
                CleanShutdown.Write(Files, _options.Path, BrokerEpoch);
            }
        }
        finally
        {
            CloseFiles();
            _commits?.Dispose();
            _journal.Dispose();
            _lock.Dispose();
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs what gathered for a commit in the caller's thread; for tests that have no threads of their own.</summary>
    internal bool RunCommitRound() => _commits?.Committer?.RunRound() ?? false;

    /// <summary>Flushes the segments behind one full journal file in the caller's thread; likewise.</summary>
    internal bool RunRecycleRound() => _commits?.Recycle() ?? false;

    /// <summary>Before the journal goes: what it confirms of a log beyond the recovery point, nothing else would.</summary>
    private static void MakeDurable(PartitionLog log)
    {
        log.FlushInBackground();
        // A flush without room for the leader epochs succeeds, and leaves the recovery point where it was.
        if (log.RecoveryPoint < log.LogEndOffset) throw log.NotNoted;
    }

    private DirectoryIdentity ReadIdentity()
    {
        string path = Path.Combine(_options.Path, MetaProperties.FileName);
        if (MetaProperties.Read(Files, path) is { } identity) return identity;
        MetaProperties.Write(Files, path, _options.NewIdentity);
        return _options.NewIdentity;
    }

    private void LoadPartitions(bool isJournalInForce)
    {
        var recoveryPoints = _checkpoints.ReadRecoveryPoints();
        var logStarts = _checkpoints.ReadLogStarts();
        var cleanedOffsets = _checkpoints.ReadCleanedOffsets();
        foreach (var (name, path, topicId) in _directories.Find(mayLackId: MetadataPartition))
        {
            var request = new LoadRequest
            {
                Name = name,
                Directory = path,
                Settings = _options.Settings,
                IsClean = WasCleanlyStopped,
                RecoveryPoint = recoveryPoints.GetValueOrDefault(name),
                IsJournalInForce = isJournalInForce,
                LogStartOffset = logStarts.GetValueOrDefault(name),
            };
            var log = _partitions[name] = Load(name, topicId, _options.Settings, request);
            log.Cleaning.Loaded(cleanedOffsets.TryGetValue(name, out long cleaned) ? cleaned : null, log.LogEndOffset);
        }
    }

    private bool IsOpenUnderOtherCase(PartitionName partition, Guid topicId) => _partitions.Values.Any(log =>
        log.TopicId == topicId && log.Name.Partition == partition.Partition && log.Name.Topic.Equals(partition.Topic, StringComparison.OrdinalIgnoreCase));

    private PartitionLog Load(PartitionName name, Guid topicId, LogSettings settings, LoadRequest request) =>
        new(_environment, new PartitionIdentity(name, topicId, request.Directory), settings, new LogLoader(_environment, request).Load());

    /// <summary>
    /// Loads the partitions; what the journal alone had made durable goes back to their segments; then all of it is durable
    /// there, and the journal is empty.
    /// </summary>
    private void Recover()
    {
        int quorumEpoch = QuorumState.ReadEpoch(Files, Path.Combine(PathOf(MetadataPartition), QuorumState.FileName));
        using var journal = new JournalReplay(new JournalReplayRequest
        {
            Files = Files,
            Directory = _journal,
            DirectoryId = Identity.DirectoryId,
            QuorumEpoch = quorumEpoch,
            WasCleanlyStopped = WasCleanlyStopped,
            Observer = _options.Observer,
        });
        journal.Open();
        var mark = new RecoveryMark(Files, _options.Path);
        bool wasInterrupted = !WasCleanlyStopped && mark.Set();
        if (journal.IsInForce) _checkpoints.RequireRecoveryPoints();
        LoadPartitions(isJournalInForce: journal.IsInForce);
        journal.Replay(Partitions);
        if (wasInterrupted) ForEachLog(log => log.DistrustEnd());
        ForEachLog(MakeDurable);
        WriteCheckpoints();
        JournalOfUnknownTopics = journal.Finish();
        if (!WasCleanlyStopped) mark.Remove();
        _commits = CommitService.Start(_options, Identity.DirectoryId, quorumEpoch, this);
        _environment.Committer = _commits.Committer;
        _environment.WakeCommitter = _commits.WakeCommitter;
        _environment.WriteCheckpointsAsync = _commits.WriteCheckpointsAsync;
        if (_options.Threads == BackgroundThreads.Own) Upkeep.Start(_options);
    }

    private void CloseFiles()
    {
        foreach (var log in Partitions) log.Dispose();
        Upkeep.CloseFiles();
        _environment.Deadlines.Dispose();
    }

    private bool CloseAll()
    {
        int failed = 0;
        ForEachLog(log =>
        {
            try
            {
                if (log.Failure is null) log.CloseCleanly();
                else Interlocked.Increment(ref failed);
            }
            catch (IOException)
            {
                Interlocked.Increment(ref failed); // The partition has gone offline and said why; the next start recovers.
            }
        });
        return failed == 0;
    }

    /// <summary>With threads of its own, several at once: many flushes at a time cost the disk little more than one.</summary>
    private void ForEachLog(Action<PartitionLog> action)
    {
        if (_options.Threads == BackgroundThreads.Own)
        {
            ForEachLogAtOnce(action);
            return;
        }
        foreach (var log in Partitions) action(log);
    }

    private void ForEachLogAtOnce(Action<PartitionLog> action)
    {
        try
        {
            Parallel.ForEach(Partitions, new ParallelOptions { MaxDegreeOfParallelism = FlushesAtOnceMax }, action);
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]); // One says enough, and as it would without threads.
        }
    }

    internal void Fail(Exception cause)
    {
        _failure ??= cause;
        foreach (var log in Partitions) log.Stop($"Nothing can be made durable any more: {cause.Message}", cause);
        _options.Observer.CommitFailed(cause);
    }

    /// <summary>Told at each attempt, so that also those go on who began to wait meanwhile.</summary>
    internal void CommitStalled()
    {
        foreach (var log in _partitions.Values) log.CommitStalled();
    }

    /// <summary>Nothing more is committed, as the journal has no room and is not to wait for it.</summary>
    internal void GiveUp(Exception cause)
    {
        foreach (var log in Partitions) log.Stop($"The broker stops, and its journal has no room for what was appended: {cause.Message}", cause);
    }

    /// <summary>Closes the partition's log. False where there is no such partition.</summary>
    private bool TryTakeOut(PartitionName partition)
    {
        if (!_partitions.TryRemove(partition, out var log)) return false;
        log.Dispose();
        _checkpoints.NoteGone(partition);
        return true;
    }
}
