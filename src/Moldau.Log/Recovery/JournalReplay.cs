using Moldau.Log.Files;
using Moldau.Log.Journaling;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Log.Recovery;

/// <summary>
/// Gives back to the partitions, after an unclean stop, what only the journal had made durable. It never overrules a log: it
/// appends where a log ends, and where anything speaks against it, it is set aside as a whole or for the partition.
/// </summary>
internal sealed class JournalReplay(JournalReplayRequest request) : IDisposable
{
    /// <summary>Logs of state machines: what the journal does not confirm was never applied, and is cut off.</summary>
    private static readonly HashSet<string> StateTopics = ["__cluster_metadata", "__consumer_offsets", "__transaction_state", "__share_group_state"];

    private readonly List<(IStoredFile File, JournalHeader Header)> _files = [];
    private readonly HashSet<Guid> _unknownTopics = [];
    private bool _wasRefused;

    /// <summary>Whether the journal has all that was appended beyond the recovery points.</summary>
    public bool IsInForce => _files.Count > 0;

    /// <summary>Looks at the journal before the logs are loaded, and sets it aside if it is not theirs.</summary>
    public void Open()
    {
        OpenFiles();
        if (!IsInForce || ReasonToSetAside() is not { } reason) return;
        SetAside(reason);
    }

    /// <summary>Whatever the logs did not take stays for whoever wants to look at it; else the journal is empty from now on.</summary>
    /// <returns>What was set aside for no other reason than topics that the directory does not hold.</returns>
    public JournalOfUnknownTopics? Finish()
    {
        if (_wasRefused)
        {
            SetAside("a partition's log does not agree with it");
            return null;
        }
        if (_unknownTopics.Count == 0)
        {
            Journal.DeleteAll(request.Files, request.Directory.Path);
            return null;
        }
        Dispose();
        var aside = new JournalOfUnknownTopics(request.Directory.SetAside(), _unknownTopics);
        request.Observer.JournalOfUnknownTopics(aside);
        return aside;
    }

    public void Replay(IReadOnlyCollection<PartitionLog> logs)
    {
        if (!IsInForce) return;
        var repairs = RepairsOf(logs);
        foreach (var (file, header) in _files.OrderBy(entry => entry.Header.Sequence))
        {
            JournalReader.ReadFrames(file, header.Sequence, (in frame) => Offer(repairs, frame));
        }
        foreach (var repair in repairs.Values)
        {
            repair.Finish();
            _wasRefused |= repair.IsRefused;
            if (StateTopics.Contains(repair.Log.Name.Topic)) repair.CutToConfirmed();
        }
    }

    private void Offer(Dictionary<JournalKey, Repair> repairs, in JournalFrame frame)
    {
        if (repairs.TryGetValue(frame.Key, out var repair)) repair.Offer(frame);
        else _unknownTopics.Add(frame.Key.TopicId);
    }

    public void Dispose()
    {
        foreach (var (file, _) in _files) file.Dispose();
        _files.Clear();
    }

    private Dictionary<JournalKey, Repair> RepairsOf(IReadOnlyCollection<PartitionLog> logs)
    {
        var repairs = new Dictionary<JournalKey, Repair>(logs.Count);
        foreach (var log in logs)
        {
            var key = new JournalKey(log.TopicId, log.Name.Partition);
            if (repairs.TryAdd(key, new Repair(log, request.Observer))) continue;
            throw new IOException($"The directories {repairs[key].Log.Identity.Directory} and {log.Identity.Directory} both hold partition {key.Partition} of the topic with the id "
                + $"{key.TopicId}, and the journal has records of it. Move the one that is a copy out of the log directory.");
        }
        return repairs;
    }

    private void OpenFiles()
    {
        foreach (string name in request.Files.FileNames(request.Directory.Path))
        {
            if (!name.EndsWith(JournalFile.Suffix, StringComparison.Ordinal)) continue;
            var file = request.Files.Open(Path.Combine(request.Directory.Path, name), FileCreation.Existing);
            if (JournalReader.ReadHeader(file) is { } header) _files.Add((file, header));
            else file.Dispose();
        }
    }

    private string? ReasonToSetAside()
    {
        if (_files.Any(entry => entry.Header.DirectoryId != request.DirectoryId)) return "it belongs to another log directory";
        if (request.WasCleanlyStopped) return "the log directory was stopped cleanly without it";
        int epoch = _files.MaxBy(entry => entry.Header.Sequence).Header.QuorumEpoch;
        if (epoch == request.QuorumEpoch) return null;
        string metadata = epoch < request.QuorumEpoch ? "the metadata has moved on to" : "the metadata is an older copy, of";
        return $"{metadata} quorum epoch {request.QuorumEpoch}, the journal is of {epoch}";
    }

    private void SetAside(string reason)
    {
        Dispose();
        request.Observer.JournalSetAside(request.Directory.SetAside(), reason);
    }

    /// <summary>Repairs one partition.</summary>
    private sealed class Repair(PartitionLog log, LogObserver observer)
    {
        private readonly long _endBefore = log.LogEndOffset;
        private readonly long _recoveryPoint = log.RecoveryPoint;
        private long _confirmed = log.RecoveryPoint;
        private string? _objection;

        public PartitionLog Log => log;

        /// <summary>Whether something of the journal found no place in the log.</summary>
        public bool IsRefused => _objection is not null;

        public void Offer(in JournalFrame frame)
        {
            var header = frame.Header;
            // What lies below the recovery point stands in the segments, and may have been compacted or deleted since.
            if (_objection is not null || header.NextOffset <= Math.Max(_recoveryPoint, log.Segments.First.BaseOffset)) return;
            _objection = Take(frame, header);
            if (_objection is null) _confirmed = Math.Max(_confirmed, header.NextOffset);
            else observer.JournalDisagrees(log.Name, _objection);
        }

        public void Finish()
        {
            log.SettleLogStart();
            if (log.LogEndOffset > _endBefore) observer.Repaired(log.Name, _endBefore, log.LogEndOffset);
        }

        /// <summary>Appends the batch if the log ends where it begins. The answer is what speaks against it, or null.</summary>
        private string? Take(in JournalFrame frame, in BatchHeader header)
        {
            if (header.BaseOffset > log.LogEndOffset) return $"the log ends at {log.LogEndOffset}, the journal goes on at {header.BaseOffset}";
            if (header.BaseOffset < log.LogEndOffset) return Holds(header) ? null : $"the log holds something else at offset {header.BaseOffset}";
            if (frame.Kind == FrameKind.FlushedBatch) return $"the log ends at {log.LogEndOffset}, though more of it had been flushed";
            log.Restore(frame.Content, header);
            return null;
        }

        /// <summary>Whether the very batch stands in the log at its place.</summary>
        private bool Holds(in BatchHeader header)
        {
            foreach (var segment in log.Segments.From(header.BaseOffset))
            {
                if (new BatchSearch(segment).Locate(header.BaseOffset, segment.Size) is { } found)
                {
                    return (found.Header.BaseOffset, found.Header.Length, found.Header.Crc) == (header.BaseOffset, header.Length, header.Crc);
                }
            }
            return false;
        }

        public void CutToConfirmed()
        {
            if (_objection is null && _confirmed < log.LogEndOffset) log.TruncateTo(_confirmed);
        }
    }
}

/// <summary>
/// A journal that has batches of topics which the log directory does not hold, and where it was put. All else of it stands in the logs.
/// Topics that were deleted leave such ones; if they were not, their partitions' directories are missing.
/// </summary>
internal sealed record JournalOfUnknownTopics(string Path, IReadOnlySet<Guid> TopicIds);

/// <summary>What a replay works on.</summary>
internal sealed record JournalReplayRequest
{
    public required IFileStore Files { get; init; }

    public required JournalDirectory Directory { get; init; }

    public required Guid DirectoryId { get; init; }

    /// <summary>As <c>quorum-state</c> has it now.</summary>
    public required int QuorumEpoch { get; init; }

    public required bool WasCleanlyStopped { get; init; }

    public required LogObserver Observer { get; init; }
}
