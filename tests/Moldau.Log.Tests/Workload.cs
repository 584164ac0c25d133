using System.Globalization;
using System.Text;

using Moldau.Log.Cleaning;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>
/// A random sequence of what a broker does to a log directory, on a disk that may lose its power at any operation, and the
/// model of what must be there afterwards.
/// </summary>
internal sealed class Workload
{
    private const int StepsMax = 60;
    private const int OperationsMax = 500;

    private static readonly DirectoryIdentity Identity = new() { ClusterId = "sim", NodeId = 1, DirectoryId = new Guid(1, 2, 3, new byte[8]) };

    private readonly Random _random;
    private readonly SimulatedDisk _disk;
    private readonly DiskFaults _faults;
    private readonly Dictionary<PartitionName, PartitionModel> _models = [];
    private readonly List<string> _history = [];
    private int _quorumEpoch = -1;
    private int _ids;

    public Workload(int seed)
    {
        _random = new Random(seed);
        _disk = DiskWithRoot(seed);
        _faults = new DiskFaults(_disk, _random, _history);
    }

    /// <summary>What was done, for the message of a failure.</summary>
    public string History => string.Join('\n', _history.TakeLast(100));

    /// <summary>
    /// Opens the directory, works, and crashes at a random operation, be it in the middle of opening; then checks what is left.
    /// </summary>
    public async Task RunUntilCrashAsync()
    {
        _disk.CutAt = _disk.Operations + 1 + _random.Next(OperationsMax);
        if (_random.Next(6) == 0) _faults.FillOrEmpty();
        LogDirectory? directory = null;
        try
        {
            directory = Open();
            Work(directory);
            if (_random.Next(3) == 0) await directory.DisposeAsync();
        }
        catch (PowerCutException)
        {
            // The point of it.
        }
        catch (IOException e) when (_faults.Explain(e))
        {
            _history.Add($"no room to begin or to stop, or the disk failed: {e.Message}");
        }
        _faults.MakeRoom();
        Restart();
        Check();
    }

    /// <summary>After all crashes: a bit of what is on the disk changes.</summary>
    public void CheckDamage()
    {
        var served = new ServedBatches(Open(), _disk);
        _disk.RestartAfterKill();
        if (served.DamageAny(_disk, _random) is not { } damage) return;
        _history.Add($"a bit of {damage}");
        string? problem = served.Compare(Open(), damage);
        if (problem is not null) throw new InvalidOperationException(problem);
    }

    private void Restart()
    {
        _faults.Restart();
        bool powerCut = _disk.IsOff || _random.Next(2) == 0;
        _history.Add(powerCut ? "power cut" : "kill");
        if (powerCut) _disk.RestartAfterPowerCut();
        else _disk.RestartAfterKill();
    }

    private static SimulatedDisk DiskWithRoot(int seed)
    {
        var disk = new SimulatedDisk(seed);
        disk.CreateDirectory("/data");
        disk.FlushDirectory("/");
        return disk;
    }

    private void Work(LogDirectory directory)
    {
        BeginQuorumEpoch(directory);
        int steps = 1 + _random.Next(StepsMax);
        for (int i = 0; i < steps; i++)
        {
            try
            {
                Step(directory);
            }
            catch (IOException e) when (_faults.Explain(e))
            {
                _history.Add($"in vain: {e.Message}");
            }
        }
    }

    private void Step(LogDirectory directory)
    {
        switch (_random.Next(19))
        {
            case 18:
                _faults.FailNext();
                break;
            case 0:
                Create(directory);
                break;
            case 12:
                Delete(directory);
                break;
            case 13:
                DeleteRecords(directory);
                break;
            case 14:
                DeleteOldSegments(directory);
                break;
            case 15:
                _faults.FillOrEmpty();
                break;
            case 16:
                CompactLogs(directory);
                break;
            case <= 7 when _models.Count > 0:
                Append(directory);
                break;
            case <= 9:
                directory.RunCommitRound();
                Acknowledge(directory);
                break;
            case 10:
                _history.Add($"recycle: {directory.RunRecycleRound()}");
                break;
            default:
                WriteCheckpoints(directory);
                break;
        }
    }

    private void WriteCheckpoints(LogDirectory directory)
    {
        directory.WriteCheckpoints();
        _history.Add("checkpoint");
    }

    /// <summary>As the host of the metadata does at each start: the file first, then the journal is told.</summary>
    private void BeginQuorumEpoch(LogDirectory directory)
    {
        string path = directory.PathOf(new PartitionName("__cluster_metadata", 0));
        _disk.CreateDirectory(path);
        _disk.FlushDirectory("/data/log");
        string state = string.Create(CultureInfo.InvariantCulture, $$"""{"leaderEpoch":{{_quorumEpoch + 1}}}""");
        _disk.WriteAtomically(path + "/quorum-state", Encoding.UTF8.GetBytes(state));
        directory.BeginQuorumEpoch(++_quorumEpoch);
    }

    private void Create(LogDirectory directory)
    {
        var name = new PartitionName(_random.Next(4) == 0 ? "__consumer_offsets" : "topic", _random.Next(3));
        if (_models.ContainsKey(name)) return;
        if (directory.Get(name) is not null) directory.Delete(name); // Its deletion failed, and a crash has brought it back.
        var model = new PartitionModel(name, NextId());
        _models.Add(name, model);
        _history.Add($"{name} create");
        directory.Create(name, model.TopicId, RandomSettings());
    }

    private void Delete(LogDirectory directory)
    {
        if (_models.Count == 0 || _random.Next(3) > 0) return;
        var model = _models.Values.ElementAt(_random.Next(_models.Count));
        model.Deleting();
        _history.Add($"{model.Name} delete");
        _models.Remove(model.Name);
        directory.Delete(model.Name);
    }

    private void DeleteRecords(LogDirectory directory)
    {
        if (_models.Count == 0) return;
        var log = directory.Get(_models.Keys.ElementAt(_random.Next(_models.Count)));
        if (log is null || log.HighWatermark == 0) return;
        long offset = _random.NextInt64(log.HighWatermark);
        _history.Add($"{log.Name} delete records before {offset}");
        log.DeleteRecordsBefore(offset);
        _models[log.Name].Started(log.LogStartOffset);
    }

    private void DeleteOldSegments(LogDirectory directory)
    {
        foreach (var log in directory.Partitions)
        {
            log.Settings = log.Settings with { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = -1, RetentionBytes = _random.Next(4_000), FileDeleteDelayMs = 0 };
            // It may be cut short anywhere; how far it can come is known.
            if (_models.GetValueOrDefault(log.Name) is { } model) model.Started(log.HighWatermark);
        }
        directory.Upkeep.DeleteOldSegments();
        if (_random.Next(2) == 0) directory.Upkeep.DeleteDueFiles();
        foreach (var log in directory.Partitions)
        {
            log.Settings = log.Settings with { CleanupPolicy = CleanupPolicies.None };
            _history.Add($"{log.Name} retained from {log.LogStartOffset}");
        }
    }

    private void CompactLogs(LogDirectory directory)
    {
        foreach (var log in directory.Partitions)
        {
            log.Settings = log.Settings with
            {
                CleanupPolicy = CleanupPolicies.Compact,
                MinCleanableDirtyRatio = 0,
                DeleteRetentionMs = _random.Next(2),
                FileDeleteDelayMs = 0,
            };
            if (_models.GetValueOrDefault(log.Name) is { } model) model.Compacting(log.HighWatermark);
        }
        _history.Add("compact");
        directory.Upkeep.CompactLogs(CancellationToken.None);
        _disk.ThrowIfOff();
        if (_random.Next(2) == 0) directory.Upkeep.DeleteDueFiles();
        foreach (var log in directory.Partitions)
        {
            log.Settings = log.Settings with { CleanupPolicy = CleanupPolicies.None };
            _history.Add($"{log.Name} compacted to {log.Cleaning.CleanedOffset}");
        }
    }

    private Guid NextId() => new(++_ids, 0, 0, new byte[8]);

    private void Append(LogDirectory directory)
    {
        var model = _models.Values.ElementAt(_random.Next(_models.Count));
        if (directory.Get(model.Name) is not { } log) return;
        var batch = _random.Next(5) == 0 ? model.NextOfTransaction(_random) : model.NextBatch(_random);
        byte[] bytes = batch.Build();
        model.Appending(log.LogEndOffset, batch);
        _history.Add($"{model.Name} append at {log.LogEndOffset}: {batch.Records} in {bytes.Length} bytes");
        var origin = batch.Marker is null ? AppendOrigin.Client : AppendOrigin.Coordinator;
        var result = log.Append(bytes, new AppendContext { LeaderEpoch = _quorumEpoch, Origin = origin });
        if (result.Error == ErrorCode.KafkaStorageError && (_faults.IsLacking || (_faults.HasFailed && log.Failure is not null)))
        {
            model.Refused();
            return;
        }
        if (result.Error != ErrorCode.None || result.IsDuplicate) throw new InvalidOperationException($"{model.Name} answered {result}");
    }

    private void Acknowledge(LogDirectory directory)
    {
        foreach (var model in _models.Values)
        {
            if (directory.Get(model.Name) is not { } log) continue;
            if (_faults.HasJournalFailed) model.NothingAcknowledged(log.HighWatermark);
            model.Acknowledged(log.HighWatermark);
            _history.Add($"{model.Name} committed to {log.HighWatermark}");
        }
    }

    /// <summary>Opening itself may be cut again; in the end it succeeds, and then everything is looked at.</summary>
    private void Check()
    {
        for (int again = _random.Next(3); again > 0; again--)
        {
            _disk.CutAt = _disk.Operations + 1 + _random.Next(60);
            if (_random.Next(3) == 0) _faults.FillOrEmpty();
            if (_random.Next(3) == 0) _faults.FailNext();
            try
            {
                Open();
            }
            catch (PowerCutException)
            {
            }
            catch (IOException e) when (_faults.Explain(e))
            {
                _history.Add($"not opened: {e.Message}");
            }
            Restart();
        }
        _faults.MakeRoom();
        var directory = Open();
        foreach (var log in directory.Partitions) _history.Add($"{log.Name} recovered to {log.LogEndOffset}");
        foreach (var model in _models.Values.ToList())
        {
            if (!model.Check(directory.Get(model.Name), _random)) _models.Remove(model.Name);
        }
        _disk.RestartAfterKill();
    }

    private LogDirectory Open()
    {
        _history.Add("open");
        return LogDirectory.Open(new LogDirectoryOptions
        {
            Files = _disk,
            Path = "/data/log",
            JournalPath = "/data/journal",
            NewIdentity = Identity,
            NewId = NextId,
            Clock = new ManualClock(),
            JournalFileBytes = 4096 + 2048,
            DirectBytesMin = 1_000,
            ResumePointBytes = 100 + _random.Next(1_000),
            Threads = BackgroundThreads.None,
            Settings = RandomSettings(),
            Observer = new HistoryObserver(_history),
        });
    }

    private LogSettings RandomSettings() => new()
    {
        SegmentBytes = 600 + _random.Next(2_000),
        IndexIntervalBytes = 100 + _random.Next(300),
        SegmentIndexBytes = 64,
    };

    private sealed class HistoryObserver(List<string> history) : LogObserver
    {
        public override void LogUncleanable(PartitionName partition, UncleanableLogException cause) => throw cause;

        public override void JournalSetAside(string path, string reason) => history.Add($"journal set aside: {reason}");

        public override void JournalDisagrees(PartitionName partition, string reason) => history.Add($"{partition} disagrees: {reason}");

        public override void TailTruncated(PartitionName partition, long logEndOffset, long bytesCut) =>
            history.Add($"{partition} cut to {logEndOffset}, {bytesCut} bytes");

        public override void Repaired(PartitionName partition, long fromOffset, long logEndOffset) =>
            history.Add($"{partition} repaired from {fromOffset} to {logEndOffset}");
    }
}
