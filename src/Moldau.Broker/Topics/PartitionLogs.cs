using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Coordination.Metadata;
using Moldau.Log;

namespace Moldau.Broker.Topics;

/// <summary>
/// Makes the logs on disk follow the metadata: opens those of new partitions, deletes those of topics that are gone, and hands on
/// changed settings.
/// </summary>
internal sealed class PartitionLogs(LogDirectory directory, LiveConfig config, Partitions partitions, ILogger logger)
{
    /// <summary>
    /// At the start: what the directory holds beyond the metadata is put aside, or deleted where a topic's removal was not finished.
    /// </summary>
    public void Adopt(ClusterImage image, IReadOnlySet<Guid> removedTopics)
    {
        foreach (var log in directory.Partitions)
        {
            if (log.Name == MetadataLog.Name) continue;
            var topic = image.Topics.ById.GetValueOrDefault(log.TopicId);
            if (topic?.Name == log.Name.Topic && log.Name.Partition < topic.Partitions.Length) continue;
            if (removedTopics.Contains(log.TopicId))
            {
                directory.Delete(log.Name);
                continue;
            }
            logger.StrayPartition(log.Name.ToString());
            directory.SetAside(log.Name);
        }
        Follow(ClusterImage.Empty, image);
    }

    /// <summary>
    /// The changes from one image to the next. Both must be committed: data is deleted only when nothing can bring its topic back.
    /// </summary>
    public void Follow(ClusterImage before, ClusterImage after)
    {
        if (ReferenceEquals(before.Topics, after.Topics) && ReferenceEquals(before.Configs, after.Configs)) return;
        foreach (var topic in before.Topics.ById.Values)
        {
            if (!after.Topics.ById.ContainsKey(topic.Id)) Delete(topic);
        }
        foreach (var topic in after.Topics.ById.Values)
        {
            if (!IsUnchanged(before, after, topic)) Open(topic, config.OfTopic(after, topic.Name));
        }
    }

    private static bool IsUnchanged(ClusterImage before, ClusterImage after, TopicImage topic) =>
        ReferenceEquals(before.Topics.ById.GetValueOrDefault(topic.Id), topic)
        && ReferenceEquals(before.ConfigOf(ConfigResource.Topic(topic.Name)), after.ConfigOf(ConfigResource.Topic(topic.Name)))
        && HaveSameBrokerSettings(before, after);

    /// <summary>A topic's settings fall back on those of the broker.</summary>
    private static bool HaveSameBrokerSettings(ClusterImage before, ClusterImage after) =>
        ReferenceEquals(before.Configs, after.Configs)
        || after.Configs.Keys.Concat(before.Configs.Keys)
            .Where(resource => resource.Type == ConfigResourceType.Broker)
            .All(resource => ReferenceEquals(after.ConfigOf(resource), before.ConfigOf(resource)));

    private void Open(TopicImage topic, TopicConfig settings)
    {
        var opened = ImmutableArray.CreateBuilder<Partition?>(topic.Partitions.Length);
        foreach (var partition in topic.Partitions) opened.Add(Open(topic, partition, settings));
        partitions.Put(topic, opened.MoveToImmutable());
    }

    private Partition? Open(TopicImage topic, PartitionImage partition, TopicConfig settings)
    {
        var name = new PartitionName(topic.Name, partition.Index);
        try
        {
            var log = directory.Create(name, topic.Id, settings.Log);
            log.Settings = settings.Log;
            log.BeginLeaderEpoch(partition.LeaderEpoch);
            return new Partition { Log = log, Config = settings, LeaderEpoch = partition.LeaderEpoch };
        }
        catch (Exception failure)
        {
            // The topic exists all the same, and what is committed must be published: the next start tries again.
            logger.PartitionNotOpened(name.ToString(), failure);
            return null;
        }
    }

    private void Delete(TopicImage topic)
    {
        partitions.Remove(topic);
        try
        {
            directory.Delete([.. topic.Partitions.Select(partition => new PartitionName(topic.Name, partition.Index))]);
        }
        catch (Exception failure)
        {
            // The topic is gone all the same: the next start tries again.
            logger.TopicNotDeleted(topic.Name, failure);
        }
    }
}
