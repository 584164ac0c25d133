namespace Moldau.Broker.Handover;

/// <summary>Where the log directory and Moldau's journal are.</summary>
internal sealed record CheckedPaths(string Log, string Journal)
{
    private const string MetaProperties = "meta.properties", LogFolder = "log";

    /// <summary>
    /// Takes a directory as <c>moldau up --data</c> does, with the log directory in it, or a log directory itself, which
    /// <c>meta.properties</c> or its metadata log tells. Null where the path is neither.
    /// </summary>
    public static CheckedPaths? Find(string directory)
    {
        string full = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        if (!Directory.Exists(full)) return null;
        if (IsLogDirectory(full)) return new(full, JournalOf(full));
        string log = Path.Combine(full, LogFolder);
        return Directory.Exists(log) ? new(log, Path.Combine(full, "journal")) : null;
    }

    /// <summary>
    /// Of the log directory's name, or beside one that <c>--data</c> made, whose name is always the same: a journal beside any other is
    /// another's, as where a log directory was copied.
    /// </summary>
    private static string JournalOf(string log)
    {
        string own = log + ".journal";
        return Path.GetFileName(log) == LogFolder && !Directory.Exists(own) ? Path.Combine(Path.GetDirectoryName(log)!, "journal") : own;
    }

    private static bool IsLogDirectory(string path) =>
        Path.Exists(Path.Combine(path, MetaProperties)) || Directory.Exists(Path.Combine(path, "__cluster_metadata-0"));
}
