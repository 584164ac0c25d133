using System.Text;

using Moldau.Log.Files;
using Moldau.Protocol;

namespace Moldau.Log.Checkpoints;

/// <summary><c>partition.metadata</c>: which topic a partition's directory belongs to, since a name may be used again.</summary>
internal static class PartitionMetadata
{
    public const string FileName = "partition.metadata";

    private const string VersionLine = "version: 0";
    private const string TopicIdKey = "topic_id: ";

    private static readonly int IdAt = VersionLine.Length + 1 + TopicIdKey.Length;

    /// <summary>Null if there is no such file, or what a power cut leaves of it that came before the partition was durable.</summary>
    /// <exception cref="CheckpointFormatException">It names no topic id, though it was durable once.</exception>
    public static Guid? Read(IFileStore files, string path)
    {
        if (!files.FileExists(path)) return null;
        byte[] bytes = files.ReadAll(path);
        string[] lines = Encoding.UTF8.GetString(bytes).Split('\n', StringSplitOptions.TrimEntries);
        string? idLine = lines.FirstOrDefault(line => line.StartsWith(TopicIdKey, StringComparison.Ordinal));
        if (lines[0] == VersionLine && KafkaUuid.TryParse(idLine?[TopicIdKey.Length..], out var id)) return id;
        if (IsUnfinished(bytes)) return null;
        throw new CheckpointFormatException(path, "it names no topic id, so nobody can say whose records the directory holds.");
    }

    /// <summary>Writes the file, which becomes durable with the partition's directory.</summary>
    public static void Write(IFileStore files, string path, Guid topicId)
    {
        using var file = files.Open(path, FileCreation.IfMissing);
        file.Write(0, Content(topicId));
    }

    /// <summary>
    /// Makes the file durable, which must be there. It is written again before: a flush of a former process may have lost it, and the next
    /// one would not say so.
    /// </summary>
    public static void WriteDurably(IFileStore files, string path, Guid topicId)
    {
        using var file = files.Open(path, FileCreation.Existing);
        file.Write(0, Content(topicId));
        file.Flush();
    }

    /// <summary>A write that did not come to its end: the first bytes of it, and nothing but zeros where the rest was to be.</summary>
    private static bool IsUnfinished(ReadOnlySpan<byte> bytes)
    {
        var written = bytes.TrimEnd((byte)0);
        var start = Content(default).AsSpan(0, IdAt);
        return written.Length <= start.Length ? start.StartsWith(written) : written.StartsWith(start) && written.Length < start.Length + KafkaUuid.TextLength;
    }

    private static byte[] Content(Guid topicId) => Encoding.UTF8.GetBytes($"{VersionLine}\n{TopicIdKey}{KafkaUuid.ToText(topicId)}");
}
