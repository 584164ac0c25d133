using Moldau.Log.Files;

namespace Moldau.Log;

/// <summary>A log directory: lock, identity, checkpoints, partition logs and the journal that makes their appends durable.</summary>
internal sealed class LogDirectory : IAsyncDisposable
{
    /// <summary>Takes the lock, loads identity and partitions, and after an unclean stop repairs them before anything is served.</summary>
    public static LogDirectory Open(LogDirectoryOptions options) => throw new NotImplementedException();

    public DirectoryIdentity Identity => throw new NotImplementedException();

    /// <summary>Whether the directory had been stopped cleanly when it was opened; true for a new one.</summary>
    public bool WasCleanlyStopped => throw new NotImplementedException();

    /// <summary>For what stands in a partition's directory beside its log (quorum-state, snapshots of the metadata).</summary>
    public IFileStore Files => throw new NotImplementedException();

    public string PathOf(PartitionName partition) => throw new NotImplementedException();

    public IReadOnlyCollection<PartitionLog> Partitions => throw new NotImplementedException();

    public PartitionLog? Get(PartitionName partition) => throw new NotImplementedException();

    /// <summary>Makes the partition's directory and empty log; the existing one if it is there with the same topic id.</summary>
    public PartitionLog Create(PartitionName partition, Guid topicId, LogSettings settings) => throw new NotImplementedException();

    /// <summary>Closes the log, renames its directory at once and deletes it. Waiting commits fault, listeners are told.</summary>
    public void Delete(PartitionName partition) => throw new NotImplementedException();

    /// <summary>Renames the directory of a partition that the metadata does not know to <c>-stray</c>, as Kafka does.</summary>
    public void SetAside(PartitionName partition) => throw new NotImplementedException();

    /// <summary>The quorum epoch that was just written to <c>quorum-state</c>. The journal names it, so that it is not replayed over a log that has moved on.</summary>
    public void BeginQuorumEpoch(int quorumEpoch) => throw new NotImplementedException();

    /// <summary>A clean stop: everything flushed, checkpoints and <c>.kafka_cleanshutdown</c> written, journal empty.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
