using System.Collections.Concurrent;

using Moldau.Log.Checkpoints;
using Moldau.Log.Commit;
using Moldau.Log.Files;
using Moldau.Log.Journaling;
using Moldau.Log.Recovery;

namespace Moldau.Log;

/// <summary>A log directory: lock, identity, checkpoints, partition logs and the journal that makes their appends durable.</summary>
internal sealed class LogDirectory : IAsyncDisposable
{
    /// <summary>Kafka's suffixes of partition directories that wait for their deletion, or that nobody knows.</summary>
    private const string DeleteSuffix = "-delete";
    private const string StraySuffix = "-stray";

    private const int FlushesAtOnceMax = 8;

    private static readonly PartitionName MetadataPartition = new("__cluster_metadata", 0);

    private readonly LogDirectoryOptions _options;
    private readonly IDisposable _lock;
    private readonly LogEnvironment _environment;
    private readonly ConcurrentDictionary<PartitionName, PartitionLog> _partitions = new();

    // Partitions that are gone and may still stand in the checkpoints; also the lock of these files.
    private readonly HashSet<PartitionName> _outdated = [];
    private CommitService? _commits;
    private Exception? _failure;
    private int _disposed;

    private LogDirectory(LogDirectoryOptions options, IDisposable directoryLock)
    {
        _options = options;
        _lock = directoryLock;
        _environment = new LogEnvironment
        {
            Files = options.Files,
            Clock = options.Clock,
            Observer = options.Observer,
            ProducerIdExpirationMs = options.ProducerIdExpirationMs,
        };
        Identity = ReadIdentity();
        WasCleanlyStopped = CleanShutdown.Take(Files, options.Path);
    }

    public DirectoryIdentity Identity { get; }

    /// <summary>Whether the directory had been stopped cleanly when it was opened; true for a new one.</summary>
    public bool WasCleanlyStopped { get; private set; }

    /// <summary>For what stands in a partition's directory beside its log (quorum-state, snapshots of the metadata).</summary>
    public IFileStore Files => _options.Files;

    /// <summary>Written to <c>.kafka_cleanshutdown</c>; the registration with the metadata gives it.</summary>
    public long BrokerEpoch { get; set; } = -1;

    /// <summary>In the order of names, so that what is done to all is done in one order.</summary>
    public IReadOnlyList<PartitionLog> Partitions =>
        [.. _partitions.Values.OrderBy(log => log.Name.Topic, StringComparer.Ordinal).ThenBy(log => log.Name.Partition)];

    /// <summary>Takes the lock, loads identity and partitions, and after an unclean stop repairs them before anything is served.</summary>
    public static LogDirectory Open(LogDirectoryOptions options)
    {
        options.Files.CreateDirectory(options.Path);
        options.Files.FlushDirectory(Path.GetDirectoryName(options.Path)!);
        var directoryLock = options.Files.Lock(options.Path);
        try
        {
            var directory = new LogDirectory(options, directoryLock);
            directory.Recover();
            return directory;
        }
        catch
        {
            directoryLock.Dispose();
            throw;
        }
    }

    public string PathOf(PartitionName partition) => Path.Combine(_options.Path, partition.ToString());

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
        if (IsOutdated(partition)) WriteCheckpoints();
        string path = PathOf(partition);
        SetFormerAside(path, topicId);
        Files.CreateDirectory(path);
        PartitionMetadata.Write(Files, Path.Combine(path, PartitionMetadata.FileName), topicId);
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
                if (TakeOut(partition, DeleteSuffix) is { } directory) renamed.Add(directory);
            }
            catch (IOException e)
            {
                failure ??= new IOException($"The directory of the deleted partition {partition} cannot be renamed: {e.Message}", e);
            }
        }
        // One flush for all of them: it costs more than the rest.
        Files.FlushDirectory(_options.Path);
        foreach (string directory in renamed) Files.DeleteDirectory(directory);
        if (failure is not null) throw failure;
    }

    /// <summary>Renames the directory of a partition that the metadata does not know to <c>-stray</c>, as Kafka does.</summary>
    public void SetAside(PartitionName partition)
    {
        TakeOut(partition, StraySuffix);
        Files.FlushDirectory(_options.Path);
    }

    /// <summary>
    /// The quorum epoch that was just written to <c>quorum-state</c>, before anything is appended. The journal names it, so that
    /// it is not replayed over a log that has moved on.
    /// </summary>
    public void BeginQuorumEpoch(int quorumEpoch) => _commits?.BeginQuorumEpoch(quorumEpoch);

    /// <summary>Writes offsets as they are known now, so that the next start recovers less and keeps what was deleted deleted.</summary>
    public void WriteCheckpoints()
    {
        lock (_outdated)
        {
            WriteCheckpoint(OffsetCheckpoint.RecoveryPoints, Partitions, log => log.RecoveryPoint);
            WriteCheckpoint(OffsetCheckpoint.HighWatermarks, Partitions, log => log.HighWatermark);
            var moved = Partitions.Where(log => log.LogStartOffset > log.Segments.First.BaseOffset);
            WriteCheckpoint(OffsetCheckpoint.LogStarts, moved, log => log.LogStartOffset);
            _outdated.Clear();
        }
    }

    /// <summary>A clean stop: everything flushed, checkpoints and <c>.kafka_cleanshutdown</c> written, journal empty.</summary>
    public ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return ValueTask.CompletedTask;
        _commits?.StopThreads();
        try
        {
            if (_failure is null && CloseAll())
            {
                WriteCheckpoints();
                _commits?.EmptyJournal();
                CleanShutdown.Write(Files, _options.Path, BrokerEpoch);
            }
        }
        finally
        {
            foreach (var log in Partitions) log.Dispose();
            _commits?.Dispose();
            _lock.Dispose();
        }
        return ValueTask.CompletedTask;
    }

    /// <summary>Runs what gathered for a commit in the caller's thread; for tests that have no threads of their own.</summary>
    internal bool RunCommitRound() => _commits?.Committer?.RunRound() ?? false;

    /// <summary>Flushes the segments behind one full journal file in the caller's thread; likewise.</summary>
    internal bool RunRecycleRound() => _commits?.Recycle() ?? false;

    private DirectoryIdentity ReadIdentity()
    {
        string path = Path.Combine(_options.Path, MetaProperties.FileName);
        if (MetaProperties.Read(Files, path) is { } identity) return identity;
        MetaProperties.Write(Files, path, _options.NewIdentity);
        return _options.NewIdentity;
    }

    private void LoadPartitions(bool gapsAreLosses)
    {
        var recoveryPoints = OffsetCheckpoint.Read(Files, CheckpointPath(OffsetCheckpoint.RecoveryPoints));
        var logStarts = OffsetCheckpoint.Read(Files, CheckpointPath(OffsetCheckpoint.LogStarts));
        foreach (string directory in Files.DirectoryNames(_options.Path).Order(StringComparer.Ordinal))
        {
            string path = Path.Combine(_options.Path, directory);
            if (directory.EndsWith(DeleteSuffix, StringComparison.Ordinal)) Files.DeleteDirectory(path);
            else if (!PartitionName.TryParse(directory, out var name)) continue;
            else if (PartitionMetadata.Read(Files, Path.Combine(path, PartitionMetadata.FileName)) is { } topicId)
            {
                var request = new LoadRequest
                {
                    Name = name,
                    Directory = path,
                    Settings = _options.Settings,
                    IsClean = WasCleanlyStopped,
                    RecoveryPoint = recoveryPoints.GetValueOrDefault(name),
                    GapsAreLosses = gapsAreLosses,
                    LogStartOffset = logStarts.GetValueOrDefault(name),
                };
                _partitions[name] = Load(name, topicId, _options.Settings, request);
            }
            // Nobody can say which topic it belongs to. The host of the metadata puts its own file there before the log is made.
            else if (name != MetadataPartition) RenameDirectory(path, StraySuffix);
        }
    }

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
            Path = _options.JournalPath,
            DirectoryId = Identity.DirectoryId,
            QuorumEpoch = quorumEpoch,
            WasCleanlyStopped = WasCleanlyStopped,
            Observer = _options.Observer,
        });
        journal.Open();
        LoadPartitions(gapsAreLosses: journal.IsInForce);
        journal.Replay(Partitions);
        ForEachLog(log => log.Flush());
        WriteCheckpoints();
        Journal.DeleteAll(Files, _options.JournalPath);
        _commits = CommitService.Start(_options, Identity.DirectoryId, quorumEpoch, this);
        _environment.Committer = _commits.Committer;
        _environment.WakeCommitter = _commits.WakeCommitter;
        _environment.WantCheckpoints = _commits.WantCheckpoints;
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
            Parallel.ForEach(Partitions, new ParallelOptions { MaxDegreeOfParallelism = FlushesAtOnceMax }, action);
            return;
        }
        foreach (var log in Partitions) action(log);
    }

    internal void Fail(Exception cause)
    {
        _failure ??= cause;
        foreach (var log in Partitions) log.Stop($"Nothing can be made durable any more: {cause.Message}", cause);
        _options.Observer.CommitFailed(cause);
    }

    /// <summary>The new name of the partition's directory; null where there is no such partition.</summary>
    private string? TakeOut(PartitionName partition, string suffix)
    {
        if (!_partitions.TryRemove(partition, out var log)) return null;
        log.Dispose();
        lock (_outdated) _outdated.Add(partition);
        return RenameDirectory(PathOf(partition), suffix);
    }

    /// <summary>A directory that a deleted topic of that name left behind must not lend its records to the new one.</summary>
    private void SetFormerAside(string path, Guid topicId)
    {
        if (PartitionMetadata.Read(Files, Path.Combine(path, PartitionMetadata.FileName)) is not { } former || former == topicId) return;
        RenameDirectory(path, StraySuffix);
        Files.FlushDirectory(_options.Path);
    }

    private bool IsOutdated(PartitionName partition)
    {
        lock (_outdated) return _outdated.Contains(partition);
    }

    /// <summary>Kafka names such directories <c>topic-partition.unique-suffix</c>.</summary>
    private string RenameDirectory(string path, string suffix)
    {
        string renamed = $"{path}.{_options.NewId():N}{suffix}";
        Files.Rename(path, renamed);
        return renamed;
    }

    private void WriteCheckpoint(string fileName, IEnumerable<PartitionLog> logs, Func<PartitionLog, long> offset) =>
        OffsetCheckpoint.Write(Files, CheckpointPath(fileName), logs.Select(log => KeyValuePair.Create(log.Name, offset(log))));

    private string CheckpointPath(string fileName) => Path.Combine(_options.Path, fileName);
}
