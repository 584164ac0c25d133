using Moldau.Log.Files;

namespace Moldau.Log.Checkpoints;

/// <summary>
/// A file with one offset for each partition of the log directory, as text: a line with the version 0, one with the count,
/// then <c>topic partition offset</c>.
/// </summary>
internal static class OffsetCheckpoint
{
    public const string RecoveryPoints = "recovery-point-offset-checkpoint";
    public const string LogStarts = "log-start-offset-checkpoint";
    public const string HighWatermarks = "replication-offset-checkpoint";
    public const string CleanedOffsets = "cleaner-offset-checkpoint";

    public static Dictionary<PartitionName, long> Read(IFileStore files, string path)
    {
        var offsets = new Dictionary<PartitionName, long>();
        if (!files.FileExists(path)) return offsets;
        foreach (string[] fields in CheckpointText.Lines(path, files.ReadAll(path), fieldCount: 3))
        {
            var name = new PartitionName(fields[0], (int)CheckpointText.Number(path, fields[1]));
            offsets[name] = CheckpointText.Number(path, fields[2]);
        }
        return offsets;
    }
}
