using Moldau.Broker.Config;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Topics;

/// <summary>
/// The metadata of a log directory: its log, its snapshots, and the state that both come to. It has one owner at a time.
/// </summary>
internal sealed class MetadataStore
{
    private readonly TimeProvider _time;
    private long _bytesAtSnapshot;

    public MetadataStore(LogDirectory directory, MetadataLogConfig config, TimeProvider time)
    {
        _time = time;
        var settings = LogSettings.Default with { SegmentBytes = config.SegmentBytes, SegmentMs = config.SegmentMs };
        var log = directory.Get(MetadataLog.Name) ?? directory.Create(MetadataLog.Name, MetadataLog.TopicId, settings);
        log.Settings = settings;
        string path = directory.PathOf(MetadataLog.Name);
        Log = new MetadataLog(log, time);
        Snapshots = new MetadataSnapshots(directory.Files, path);
        Quorum = new QuorumStateFile(directory.Files, path);
    }

    public MetadataLog Log { get; }

    public MetadataSnapshots Snapshots { get; }

    public QuorumStateFile Quorum { get; }

    public MetadataState State { get; } = new();

    /// <summary>Bytes of the log that the newest snapshot does not say.</summary>
    public long BytesSinceSnapshot => Log.BytesPassed - _bytesAtSnapshot;

    /// <summary>Whether the directory holds no metadata yet.</summary>
    public bool IsNew => Log.EndOffset == 0 && Snapshots.Newest() is null;

    /// <summary>Appends the records as one batch and applies them to the state. They hold when the log has committed them.</summary>
    public void Append(IReadOnlyList<MetadataRecord> records)
    {
        Log.Append(records);
        State.Apply(records);
    }

    /// <summary>Reads the newest snapshot, and the log from there on.</summary>
    /// <exception cref="UnsuitableClusterException">There are records that this version does not know.</exception>
    public void Replay()
    {
        try
        {
            ReplaySnapshotAndLog();
        }
        catch (MalformedMessageException unknown)
        {
            // Checksums were right, so this is what some program meant to write.
            throw new UnsuitableClusterException(
                $"The log directory has metadata that this version does not know, so a newer one may have written it: {unknown.Message}",
                "Run the version that wrote it, or give another directory.",
                unknown);
        }
        catch (MalformedBatchException damaged)
        {
            throw new IOException($"The metadata in the log directory is damaged: {damaged.Message}", damaged);
        }
    }

    private void ReplaySnapshotAndLog()
    {
        long from = 0;
        if (Snapshots.Newest() is { } snapshot)
        {
            if (snapshot.EndOffset > Log.EndOffset)
            {
                throw new IOException(
                    $"The metadata log ends at offset {Log.EndOffset}, and the snapshot {snapshot.FileName} says what came behind it: the log has lost " +
                    "its end. Restore the log directory from a copy; where there is none, moving the snapshot away gives up what was changed since.");
            }
            Snapshots.Read(snapshot, State.Apply, State.Apply);
            from = snapshot.EndOffset;
        }
        if (from < Log.StartOffset)
        {
            throw new IOException($"The metadata log begins at offset {Log.StartOffset}, and the snapshot that says what was before it is missing.");
        }
        Log.Replay(from, State.Apply, State.Apply);
        Snapshots.DeleteLeftovers();
    }

    /// <summary>Writes a snapshot of all that is in the log; all of it must be committed.</summary>
    public void WriteSnapshot()
    {
        var (epoch, timestampMs) = Log.Latest;
        var id = new SnapshotId(Log.EndOffset, epoch);
        Snapshots.Write(id, State.QuorumRecords(timestampMs), ClusterSnapshot.Records(State.Image), _time.GetUtcNow().ToUnixTimeMilliseconds());
        _bytesAtSnapshot = Log.BytesPassed;
        State.Snapshotted();
    }
}
