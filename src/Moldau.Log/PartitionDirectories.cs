using Moldau.Log.Checkpoints;
using Moldau.Log.Files;

namespace Moldau.Log;

/// <summary>
/// The directories of partitions in a log directory, and the names that they get when no topic owns them any more. Kafka names those
/// <c>topic-partition.unique-suffix</c>.
/// </summary>
internal sealed class PartitionDirectories(IFileStore files, string path, Func<Guid> newId)
{
    /// <summary>Of directories that wait for their deletion.</summary>
    private const string DeleteSuffix = "-delete";

    /// <summary>Of directories that nobody knows.</summary>
    private const string StraySuffix = "-stray";

    /// <summary>Bytes that common file systems allow for a name.</summary>
    private const int NameMax = 255;

    public string PathOf(PartitionName partition) => Path.Combine(path, partition.ToString());

    /// <summary>
    /// Every partition's directory with its topic's id, in the order of names. Those that wait for their deletion are deleted, and those
    /// without an id set aside, as nobody can say which topic they belong to.
    /// </summary>
    /// <param name="mayLackId">A partition whose host puts its own file there before the log is made.</param>
    public IEnumerable<(PartitionName Name, string Path, Guid TopicId)> Find(PartitionName mayLackId)
    {
        foreach (string directory in files.DirectoryNames(path).Order(StringComparer.Ordinal))
        {
            string whole = Path.Combine(path, directory);
            if (directory.EndsWith(DeleteSuffix, StringComparison.Ordinal)) files.DeleteDirectory(whole);
            else if (!PartitionName.TryParse(directory, out var name)) continue;
            else if (TopicIdOf(whole) is { } topicId) yield return (name, whole, topicId);
            else if (name != mayLackId) SetAside(whole);
        }
    }

    /// <summary>Makes the directory of a partition. One that a deleted topic of that name left behind must not lend its records to the new one.</summary>
    /// <param name="partition">Whose directory it is.</param>
    /// <param name="topicId">Its topic's.</param>
    /// <param name="isOfOpenLog">
    /// Whether what stands there is an open log's, by its topic's id: where the file system does not tell upper from lower case the name may lead to it.
    /// </param>
    /// <exception cref="IOException">The name leads to another topic's directory, or the disk has failed.</exception>
    public string Make(PartitionName partition, Guid topicId, Func<Guid, bool> isOfOpenLog)
    {
        string whole = PathOf(partition);
        if (TopicIdOf(whole) is { } former && former != topicId)
        {
            if (isOfOpenLog(former))
            {
                throw new IOException($"{whole} is the directory of another topic, whose name differs in upper and lower case only. "
                    + "This file system does not tell them apart: give the topic another name.");
            }
            Rename(whole, StraySuffix);
            Flush();
        }
        files.CreateDirectory(whole);
        PartitionMetadata.Write(files, Path.Combine(whole, PartitionMetadata.FileName), topicId);
        return whole;
    }

    /// <summary>Whether a partition's directory says whose it is.</summary>
    public bool IsThere(PartitionName partition) => files.FileExists(Path.Combine(PathOf(partition), PartitionMetadata.FileName));

    /// <summary>Renames the directory of a deleted partition. The answer is where it can be deleted.</summary>
    public string MarkDeleted(PartitionName partition) => Rename(PathOf(partition), DeleteSuffix);

    public void MarkStray(PartitionName partition) => Rename(PathOf(partition), StraySuffix);

    /// <summary>Makes new names survive a power cut. One flush for many costs less than they do.</summary>
    public void Flush() => files.FlushDirectory(path);

    private Guid? TopicIdOf(string directory) => PartitionMetadata.Read(files, Path.Combine(directory, PartitionMetadata.FileName));

    /// <summary>
    /// First durably without what is unfinished of its id: Kafka reads that also in a directory that was set aside, and would not start.
    /// </summary>
    private void SetAside(string directory)
    {
        string unfinished = Path.Combine(directory, PartitionMetadata.FileName);
        if (files.FileExists(unfinished))
        {
            files.DeleteFile(unfinished);
            files.FlushDirectory(directory);
        }
        Rename(directory, StraySuffix);
    }

    /// <summary>Shortens the topic, as Kafka does, where the name would be too long for a file system.</summary>
    private string Rename(string directory, string suffix)
    {
        string unique = $".{newId():N}{suffix}";
        string name = Path.GetFileName(directory);
        string partition = name[name.LastIndexOf('-')..];
        string topic = name[..^partition.Length];
        int topicMax = NameMax - partition.Length - unique.Length;
        string renamed = Path.Combine(path, (topic.Length > topicMax ? topic[..topicMax] : topic) + partition + unique);
        files.Rename(directory, renamed);
        return renamed;
    }
}
