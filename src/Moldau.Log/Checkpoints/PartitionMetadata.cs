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

    /// <summary>Null if there is no such file, or none that names a topic id: a power cut came before the partition was durable.</summary>
    public static Guid? Read(IFileStore files, string path)
    {
        if (!files.FileExists(path)) return null;
        string[] lines = Encoding.UTF8.GetString(files.ReadAll(path)).Split('\n', StringSplitOptions.TrimEntries);
        string? idLine = lines.FirstOrDefault(line => line.StartsWith(TopicIdKey, StringComparison.Ordinal));
        return lines[0] == VersionLine && KafkaUuid.TryParse(idLine?[TopicIdKey.Length..], out var id) ? id : null;
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

    private static byte[] Content(Guid topicId) => Encoding.UTF8.GetBytes($"{VersionLine}\n{TopicIdKey}{KafkaUuid.ToText(topicId)}");
}
