namespace Moldau.Broker.Handover;

/// <summary>How far a check has come.</summary>
internal readonly record struct CheckProgress(string Partition, int PartitionsDone, int PartitionsAll, long BytesRead);

/// <summary>What all parts of a check share.</summary>
internal sealed class CheckContext(CheckedPaths paths, FindingList findings)
{
    /// <summary>The one large buffer of a check: segments of any size are read through it.</summary>
    public const int WindowBytes = 1024 * 1024;

    public string LogDirectory => paths.Log;

    public CheckedPaths Paths => paths;

    public FindingList Findings => findings;

    public byte[] Window { get; } = new byte[WindowBytes];

    public Action<CheckProgress>? Progress { get; init; }

    public CancellationToken Cancel { get; init; }

    /// <summary>Whether Kafka will take the directory for cleanly stopped, and so recover nothing.</summary>
    public bool WasCleanlyStopped { get; set; }

    /// <summary>Null where <c>meta.properties</c> says nothing that can be used.</summary>
    public CheckedIdentity? Identity { get; set; }

    public int PartitionsAll { get; set; }

    public int PartitionsDone { get; set; }

    public long BytesRead { get; private set; }

    public FileFindings Of(string name) => findings.Of(Path.Combine(paths.Log, name));

    /// <exception cref="OperationCanceledException">Whoever asked for the check has had enough.</exception>
    public void CountBytes(string partition, long bytes)
    {
        Cancel.ThrowIfCancellationRequested();
        BytesRead += bytes;
        Progress?.Invoke(new CheckProgress(partition, PartitionsDone, PartitionsAll, BytesRead));
    }
}

/// <summary>What <c>meta.properties</c> says.</summary>
internal sealed record CheckedIdentity(string ClusterId, int NodeId, Guid? DirectoryId);
