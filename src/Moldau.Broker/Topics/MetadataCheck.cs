using System.Globalization;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Log.Files;

namespace Moldau.Broker.Topics;

/// <summary>The log directory holds a cluster that this broker cannot run as it is configured.</summary>
internal sealed class UnsuitableClusterException(string reason, string remedy, Exception? cause = null) : IOException($"{reason} {remedy}", cause)
{
    public string Reason { get; } = reason;

    public string Remedy { get; } = remedy;
}

/// <summary>Whether the metadata of a directory is that of one node at the metadata version that this broker writes.</summary>
internal static class MetadataCheck
{
    /// <summary>A cluster that is new, or whose first start was cut short, has no partitions yet.</summary>
    /// <exception cref="UnsuitableClusterException">There are partitions, and the log that says what they are is empty.</exception>
    public static void NotLost(long metadataEndOffset, IReadOnlyList<PartitionName> partitions)
    {
        if (metadataEndOffset > 0 || partitions.Count == 0) return;
        throw new UnsuitableClusterException(
            $"The log directory holds {partitions.Count} partitions, such as {partitions[0]}, and its metadata log is missing or damaged, so nobody can say what they are.",
            $"Put back {MetadataLog.Name} from a copy. To begin a new cluster here, move the partitions away first.");
    }

    /// <summary>
    /// Kafka up to 4.3 formats with a file that says with which release and users the cluster begins. A cluster of our own beginning would pass
    /// both over, and such a release is older than what is run here.
    /// </summary>
    /// <exception cref="UnsuitableClusterException">There is such a file, and no metadata yet.</exception>
    public static void NotFormattedByOlderKafka(IFileStore files, string logDirectory)
    {
        const string BootstrapFile = "bootstrap.checkpoint";
        if (!files.FileExists(Path.Combine(logDirectory, BootstrapFile))) return;
        throw new UnsuitableClusterException(
            $"The log directory was formatted by an older Apache Kafka that never started on it: its {BootstrapFile} says what the cluster begins with, and this broker does not read it.",
            "Start Apache Kafka 4.4 on it once and raise the version (kafka-features.sh upgrade --release-version 4.4), or give an empty directory.");
    }

    /// <summary>One of several voters, which are given as ID@HOST:PORT, would write a log that contradicts the others' if it went on alone.</summary>
    /// <exception cref="UnsuitableClusterException">There are others.</exception>
    public static void NoOtherVoters(IReadOnlyList<string> configured, int nodeId)
    {
        string[] ids = [.. configured.Select(voter => voter.Split('@')[0].Trim())];
        if (ids.All(id => id == nodeId.ToString(CultureInfo.InvariantCulture))) return;
        throw new UnsuitableClusterException(
            $"controller.quorum.voters names the nodes {string.Join(", ", ids)}, and this broker is node {nodeId} alone.",
            "If the others are no more, name this node alone there.");
    }

    /// <exception cref="UnsuitableClusterException">It is not.</exception>
    public static void OneNode(MetadataState state, int nodeId)
    {
        short level = state.Image.Features.GetValueOrDefault(Features.MetadataVersion);
        if (level != Features.MetadataVersionLevel)
        {
            throw new UnsuitableClusterException(
                $"The log directory has metadata.version {level}, and this broker writes {Features.MetadataVersionLevel} (Kafka 4.4).",
                "Let Apache Kafka 4.4 run on it and raise the version: kafka-features.sh upgrade --release-version 4.4.");
        }
        if (state is { KRaftVersion: > 0, Voters: null })
        {
            throw new UnsuitableClusterException(
                $"The log directory has kraft.version {state.KRaftVersion} and names no voters, so its node would wait for others to take it in.",
                "Give a directory that was formatted with --standalone, or an empty one.");
        }
        if (state.Voters is { Voters: var voters } && (voters.Count != 1 || voters[0].VoterId != nodeId))
        {
            throw new UnsuitableClusterException(
                $"The log directory belongs to a quorum of the nodes {string.Join(", ", voters.Select(voter => voter.VoterId))}, " +
                $"and this broker is node {nodeId} alone.",
                "Remove the other voters with Apache Kafka (kafka-metadata-quorum.sh remove-controller), or set node.id to the one that is left.");
        }
        foreach (var topic in state.Image.Topics.ById.Values)
        {
            var elsewhere = topic.Partitions.FirstOrDefault(partition => partition.Replicas is not [var only] || only != nodeId);
            if (elsewhere is null) continue;
            throw new UnsuitableClusterException(
                $"Partition {topic.Name}-{elsewhere.Index} has its replicas on the nodes {string.Join(", ", elsewhere.Replicas)}, " +
                $"and this broker is node {nodeId} alone.",
                "Move all partitions to this node with Apache Kafka first: kafka-reassign-partitions.sh.");
        }
    }
}
