using System.Collections.Immutable;
using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Log.Files;

namespace Moldau.Broker.Topics;

/// <summary>
/// Makes the logs on disk follow the metadata: opens those of new partitions, deletes those of topics that are gone, and hands on
/// changed settings.
/// </summary>
internal sealed class PartitionLogs(LogDirectory directory, LiveConfig config, Partitions partitions, ILogger logger, TimeProvider time)
{
    private readonly HashSet<Guid> _lackRoom = [];
    private readonly GrowingInterval _notices = new(time, TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(10));

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
        TellOfJournal(image);
        Follow(ClusterImage.Empty, image);
    }

    /// <summary>
    /// The changes from one image to the next. Both must be committed: data is deleted only when nothing can bring its topic back.
    /// </summary>
    public void Follow(ClusterImage before, ClusterImage after)
    {
        if (ReferenceEquals(before.Topics, after.Topics) && ReferenceEquals(before.Configs, after.Configs)) return;
        bool haveSameTopics = ReferenceEquals(before.Topics, after.Topics);
        foreach (var topic in haveSameTopics ? [] : before.Topics.ById.Values)
        {
            if (!after.Topics.ById.ContainsKey(topic.Id)) Delete(topic);
        }
        bool isBrokerUnchanged = config.IsUnchanged(before, after);
        if (!isBrokerUnchanged && config.Of(after).Storage is var storage) directory.Upkeep.ChangeCleaning(storage.Cleaning, storage.Upkeep.CompactionCheckMs);
        Open(after, haveSameTopics && isBrokerUnchanged
            ? OfChangedSettings(before, after)
            : after.Topics.ById.Values.Where(topic => !isBrokerUnchanged || !IsUnchanged(before, after, topic)));
    }

    /// <summary>Tries again to open what was closed for want of room.</summary>
    public void OpenClosed(ClusterImage image)
    {
        if (_lackRoom.Count == 0) return;
        Open(image, _lackRoom.Select(id => image.Topics.ById[id]).ToList());
        if (_lackRoom.Count > 0) return;
        _notices.Reset();
        logger.PartitionsHaveRoom();
    }

    /// <summary>What the journal had of a deleted topic goes with it; what it had of one that exists may be the only copy, and is kept.</summary>
    private void TellOfJournal(ClusterImage image)
    {
        if (directory.JournalOfUnknownTopics is not { } journal) return;
        var missing = journal.TopicIds.Where(image.Topics.ById.ContainsKey).Select(id => image.Topics.ById[id].Name).Order(StringComparer.Ordinal).ToList();
        if (missing.Count > 0)
        {
            logger.JournalOfMissingPartitions(journal.Path, string.Join(", ", missing));
            return;
        }
        try
        {
            directory.DeleteJournalOfUnknownTopics();
            logger.JournalOfDeletedTopics(journal.TopicIds.Count);
        }
        catch (IOException failure)
        {
            logger.JournalOfDeletedTopicsStays(journal.Path, failure);
        }
    }

    private static bool IsUnchanged(ClusterImage before, ClusterImage after, TopicImage topic) =>
        ReferenceEquals(before.Topics.ById.GetValueOrDefault(topic.Id), topic)
        && ReferenceEquals(before.ConfigOf(ConfigResource.Topic(topic.Name)), after.ConfigOf(ConfigResource.Topic(topic.Name)));

    /// <summary>Settings of groups and the like change often, and topics may be many: only those are looked for that something was set for.</summary>
    private static IEnumerable<TopicImage> OfChangedSettings(ClusterImage before, ClusterImage after)
    {
        foreach (var (resource, settings) in after.Configs)
        {
            if (ReferenceEquals(before.Configs.GetValueOrDefault(resource), settings)) continue;
            if (TopicOf(after, resource) is { } topic) yield return topic;
        }
        foreach (var (resource, _) in before.Configs)
        {
            if (!after.Configs.ContainsKey(resource) && TopicOf(after, resource) is { } topic) yield return topic;
        }
    }

    private static TopicImage? TopicOf(ClusterImage image, ConfigResource resource) =>
        resource.Type == ConfigResourceType.Topic ? image.Topics.ByName.GetValueOrDefault(resource.Name) : null;

    private void Open(ClusterImage image, IEnumerable<TopicImage> topics)
    {
        var shortage = new Shortage();
        foreach (var topic in topics) Open(topic, config.OfTopic(image, topic.Name), shortage);
        if (shortage.Count > 0 && _notices.TryTake()) logger.PartitionsLackRoom(shortage.Count, shortage.First.ToString(), StorageRemedy.Of(shortage.Cause!), shortage.Cause!.Message);
    }

    private void Open(TopicImage topic, TopicConfig settings, Shortage shortage)
    {
        int before = shortage.Count;
        var opened = ImmutableArray.CreateBuilder<Partition?>(topic.Partitions.Length);
        foreach (var partition in topic.Partitions) opened.Add(Open(topic, partition, settings, shortage));
        if (shortage.Count > before) _lackRoom.Add(topic.Id);
        else _lackRoom.Remove(topic.Id);
        partitions.Put(topic, opened.MoveToImmutable());
    }

    private Partition? Open(TopicImage topic, PartitionImage partition, TopicConfig settings, Shortage shortage)
    {
        var name = new PartitionName(topic.Name, partition.Index);
        try
        {
            // Where one found no room, the others would look for it in vain; what is open needs none.
            if (shortage.Count > 0 && directory.Get(name) is null)
            {
                shortage.Count++;
                return null;
            }
            var log = directory.Create(name, topic.Id, settings.Log);
            log.Settings = settings.Log;
            log.BeginLeaderEpoch(partition.LeaderEpoch);
            return new Partition { Log = log, Config = settings, LeaderEpoch = partition.LeaderEpoch };
        }
        catch (StorageExhaustedException failure)
        {
            shortage.Add(name, failure);
            return null;
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
        _lackRoom.Remove(topic.Id);
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

    /// <summary>The partitions of one pass for which there was no room.</summary>
    private sealed class Shortage
    {
        public int Count { get; set; }

        public PartitionName First { get; private set; }

        public Exception? Cause { get; private set; }

        public void Add(PartitionName partition, Exception cause)
        {
            if (Count++ == 0) (First, Cause) = (partition, cause);
        }
    }
}
