using System.Text;

using Moldau.Log.Files;

namespace Moldau.Log.Checkpoints;

/// <summary>
/// Says in the directory itself that Apache Kafka must not run on it as it is: what was acknowledged may so far be in the journal only,
/// which Kafka does not read. There from the first append to the clean stop.
/// </summary>
/// <remarks>
/// Kafka passes over a plain file in the log directory. A file in the metadata log's folder whose name ends like a segment's and is
/// none stops it at its start, before it has written anything: had it begun a quorum epoch, the journal would be out of force.
/// </remarks>
internal static class HandoverNotice
{
    public const string FileName = "RUN-MOLDAU-HANDOVER-BEFORE-KAFKA.txt";
    public const string GuardName = "run-moldau-handover-first.log";

    private const string MetadataFolder = "__cluster_metadata-0";

    private const string Text = """
        Moldau is running on this directory, or has not stopped cleanly.
        What it has acknowledged may so far be in its journal only, which Apache Kafka does not read.
        Before Kafka runs on this directory, stop Moldau and run:  moldau handover DIR
        That takes away this file and __cluster_metadata-0/run-moldau-handover-first.log, at which Kafka stops.

        """;

    public static string PathOf(string directory) => Path.Combine(directory, FileName);

    public static string GuardPathOf(string directory) => Path.Combine(directory, MetadataFolder, GuardName);

    public static bool IsThere(IFileStore files, string directory) => files.FileExists(PathOf(directory)) || files.FileExists(GuardPathOf(directory));

    /// <summary>Durable when this returns. The metadata log's folder must be there.</summary>
    public static void Write(IFileStore files, string directory)
    {
        foreach (string path in (string[])[PathOf(directory), GuardPathOf(directory)])
        {
            if (!files.FileExists(path)) files.WriteAtomically(path, Encoding.UTF8.GetBytes(Text));
        }
    }

    public static void Remove(IFileStore files, string directory)
    {
        foreach (string path in (string[])[PathOf(directory), GuardPathOf(directory)])
        {
            if (!files.FileExists(path)) continue;
            files.DeleteFile(path);
            files.FlushDirectory(Path.GetDirectoryName(path)!);
        }
    }
}
