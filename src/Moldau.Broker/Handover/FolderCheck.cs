using Moldau.Protocol;

namespace Moldau.Broker.Handover;

/// <summary>
/// Goes over the folders of a log directory: what their names say, which topic they belong to, and whether the metadata has them here.
/// </summary>
internal sealed class FolderCheck(CheckContext context, MetadataLogCheck metadata, OffsetCheckpointCheck offsets)
{
    private const string RemoteIndexCache = "remote-log-index-cache";
    private const string MetadataTopic = "__cluster_metadata";

    private static readonly KafkaAct Unknown = new("LogManager", "takes it for none of its partitions and does not start");
    private static readonly KafkaAct Duplicate = new("LogManager", "finds the partition twice and does not start");
    private static readonly KafkaAct Deletes = new("LogManager", "deletes it after a minute");
    private static readonly KafkaAct KeepsStray = new("LogManager", "leaves it aside and serves nothing of it");
    private static readonly KafkaAct Promotes = new("LogManager", "puts it in the place of the partition's own log, which it deletes");
    private static readonly KafkaAct SetsAside = new("BrokerMetadataPublisher", "renames the folder to -stray and serves nothing of it");
    private static readonly KafkaAct MakesEmpty = new("LogManager", "makes an empty log for it");

    private readonly Dictionary<(PartitionFolder Partition, bool IsFuture), string> _found = [];
    private readonly HashSet<(Guid TopicId, int Partition)> _served = [];

    public void Run()
    {
        string[] folders = [.. Directory.EnumerateDirectories(context.LogDirectory).Order(StringComparer.Ordinal)];
        context.PartitionsAll = folders.Length;
        foreach (string path in folders)
        {
            Check(path);
            context.PartitionsDone++;
        }
        if (metadata.IsWhole) CheckMissing();
    }

    private void Check(string path)
    {
        string name = Path.GetFileName(path);
        if (name == RemoteIndexCache) return;
        var findings = context.Findings.Of(path);
        if (!PartitionFolder.TryParse(name, out var folder))
        {
            findings.Refused(Unknown, "Its name is not topic-partition.", "Move it out of the log directory.");
            return;
        }
        if (folder.Topic == MetadataTopic) return;
        switch (folder.Kind)
        {
            case FolderKind.Delete:
                findings.Repaired(Deletes, "It is left over from a topic that was deleted.");
                break;
            case FolderKind.Stray:
                findings.Noted(KeepsStray, "It was set aside.", "If nothing in it is needed, delete it.");
                break;
            case FolderKind.Future:
                findings.Lost(Promotes, "A move between log directories was not completed.", "Move it out of the log directory.");
                break;
            default:
                CheckAssignment(path, folder, findings);
                break;
        }
        if (folder.Kind is FolderKind.Delete or FolderKind.Stray)
        {
            CheckAside(path, folder);
            return;
        }
        if (!_found.TryAdd((folder with { Kind = FolderKind.Current }, folder.Kind == FolderKind.Future), name))
        {
            findings.Refused(Duplicate, $"It is {folder}, as the folder {_found[(folder with { Kind = FolderKind.Current }, folder.Kind == FolderKind.Future)]}.", "Move one of the two out of the log directory.");
        }
        new PartitionCheck(context, path).Run(offsets.Of(folder));
    }

    /// <summary>Kafka serves nothing of it, and opens it as any other before it looks at the suffix; one that it deletes it does not recover.</summary>
    private void CheckAside(string path, PartitionFolder folder) => context.Findings.KeepRefused("Move the folder out of the log directory.", () =>
    {
        PartitionMetadataCheck.Read(context, path, out _);
        new PartitionCheck(context, path) { IsNeverRecovered = folder.Kind == FolderKind.Delete }.Run(offsets.Of(folder));
    });

    /// <summary>Kafka goes by the topic id in the folder and the number in its name.</summary>
    private void CheckAssignment(string path, PartitionFolder folder, FileFindings findings)
    {
        if (PartitionMetadataCheck.Read(context, path, out bool exists) is not { } id)
        {
            if (!exists) findings.Lost(SetsAside, $"It has no {PartitionMetadataCheck.FileName}, so nothing says which topic it belongs to.", RemedyOfMissingId(folder));
            return;
        }
        if (!metadata.IsWhole) return;
        var topic = metadata.View.Topics.GetValueOrDefault(id);
        if (topic is null)
        {
            // A topic of that id was there and is deleted: then its folder is rightly set aside.
            if (metadata.View.RemovedTopics.Contains(id)) findings.Repaired(SetsAside, "It is left over from a topic that was deleted.");
            else findings.Lost(SetsAside, $"Its topic id {KafkaUuid.ToText(id)} is that of no topic.", RemedyOfMissingId(folder));
        }
        else if (topic.Name != folder.Topic)
        {
            findings.Lost(SetsAside with { Does = "knows the log by the folder's name and makes an empty one for the topic" }, $"Its topic id {KafkaUuid.ToText(id)} is that of the topic {topic.Name}.", Remedies.Restore);
        }
        else if (!topic.Partitions.TryGetValue(folder.Partition, out var partition))
        {
            findings.Lost(SetsAside, $"The topic {topic.Name} has no partition {folder.Partition}.", Remedies.Restore);
        }
        else if (context.Identity is { NodeId: var node } && !partition.Replicas.Contains(node))
        {
            findings.Lost(SetsAside, $"Partition {folder} has its replicas on {string.Join(", ", partition.Replicas)}, and meta.properties says node {node}.", Remedies.Restore);
        }
        else
        {
            _served.Add((id, folder.Partition));
        }
    }

    private string RemedyOfMissingId(PartitionFolder folder) => metadata.View.TopicIds.TryGetValue(folder.Topic, out var id)
        ? $"If it belongs to the topic of that name, let {PartitionMetadataCheck.FileName} hold the lines 'version: 0' and 'topic_id: {KafkaUuid.ToText(id)}'."
        : Remedies.Restore;

    private void CheckMissing()
    {
        foreach (var (id, topic) in metadata.View.Topics)
        {
            foreach (var (index, partition) in topic.Partitions)
            {
                var folder = new PartitionFolder(topic.Name, index, FolderKind.Current);
                bool isHere = context.Identity is not { } identity || partition.Replicas.Contains(identity.NodeId);
                // A folder of that name that was judged otherwise has its own finding.
                if (!isHere || _served.Contains((id, index)) || _found.ContainsKey((folder, false))) continue;
                var findings = context.Of(folder.ToString());
                // After a crash the topic may be newer than all its logs; a clean stop notes every log.
                if (context.WasCleanlyStopped || offsets.Knows(folder)) findings.Lost(MakesEmpty, $"Partition {folder} stands in the metadata and has no folder.", Remedies.RestorePartition);
                else findings.Repaired(MakesEmpty, $"Partition {folder} stands in the metadata and has no folder yet.");
            }
        }
    }
}
