using System.Collections.Immutable;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>
/// Applies the records about topics and partitions. A topic is copied once for a batch, however many of its partitions change.
/// </summary>
internal sealed class TopicsBuilder(TopicsImage start)
{
    private readonly Dictionary<Guid, Draft> _drafts = [];
    private readonly HashSet<string> _newNames = new(StringComparer.Ordinal);
    private TopicsImage _topics = start;

    public void Add(TopicRecord record)
    {
        if (_topics.ByName.ContainsKey(record.Name) || !_newNames.Add(record.Name))
        {
            throw new InvalidOperationException($"The metadata log makes the topic '{record.Name}', which exists.");
        }
        _drafts.Add(record.TopicId, new Draft(record.Name, []));
    }

    public void Put(PartitionRecord record)
    {
        var partitions = DraftOf(record.TopicId).Partitions;
        // A snapshot lists partitions in any order.
        while (partitions.Count <= record.PartitionId) partitions.Add(null);
        partitions[record.PartitionId] = new PartitionImage
        {
            Index = record.PartitionId,
            Replicas = [.. record.Replicas],
            Isr = [.. record.Isr],
            RemovingReplicas = [.. record.RemovingReplicas],
            AddingReplicas = [.. record.AddingReplicas],
            EligibleLeaderReplicas = [.. record.EligibleLeaderReplicas ?? []],
            LastKnownElr = [.. record.LastKnownElr ?? []],
            Directories = [.. record.Directories],
            Leader = record.Leader,
            LeaderEpoch = record.LeaderEpoch,
            PartitionEpoch = record.PartitionEpoch,
            LeaderRecoveryState = record.LeaderRecoveryState,
        };
    }

    public void Change(PartitionChangeRecord change)
    {
        const int leaderKept = -2;
        const sbyte recoveryStateKept = -1;
        var partitions = DraftOf(change.TopicId).Partitions;
        var partition = partitions.ElementAtOrDefault(change.PartitionId)
            ?? throw new InvalidOperationException(
                $"The metadata log changes partition {change.PartitionId} of {change.TopicId}, which does not exist.");
        partitions[change.PartitionId] = partition with
        {
            Replicas = Changed(change.Replicas, partition.Replicas),
            Isr = Changed(change.Isr, partition.Isr),
            RemovingReplicas = Changed(change.RemovingReplicas, partition.RemovingReplicas),
            AddingReplicas = Changed(change.AddingReplicas, partition.AddingReplicas),
            EligibleLeaderReplicas = Changed(change.EligibleLeaderReplicas, partition.EligibleLeaderReplicas),
            LastKnownElr = Changed(change.LastKnownElr, partition.LastKnownElr),
            Directories = Changed(change.Directories, partition.Directories),
            Leader = change.Leader == leaderKept ? partition.Leader : change.Leader,
            // A leader that is named again has been elected again.
            LeaderEpoch = change.Leader == leaderKept ? partition.LeaderEpoch : partition.LeaderEpoch + 1,
            PartitionEpoch = partition.PartitionEpoch + 1,
            LeaderRecoveryState = change.LeaderRecoveryState == recoveryStateKept
                ? partition.LeaderRecoveryState
                : change.LeaderRecoveryState,
        };
    }

    /// <summary>Forgets the eligible leaders of one topic, or of all where the name is empty.</summary>
    public void ClearElr(string topicName)
    {
        Flush();
        var ids = topicName.Length == 0 ? _topics.ById.Keys : [_topics.ByName[topicName].Id];
        foreach (var id in ids)
        {
            if (_topics.ById[id].Partitions.All(HasNoElr)) continue;
            var partitions = DraftOf(id).Partitions;
            for (int index = 0; index < partitions.Count; index++)
            {
                if (partitions[index] is not { } partition || HasNoElr(partition)) continue;
                partitions[index] = partition with { EligibleLeaderReplicas = [], LastKnownElr = [], PartitionEpoch = partition.PartitionEpoch + 1 };
            }
        }
    }

    /// <summary>Removes the topic and says what it was called.</summary>
    public string Remove(Guid id)
    {
        Flush();
        var topic = _topics.ById[id];
        _topics = _topics with
        {
            ById = _topics.ById.Remove(id),
            ByName = _topics.ByName.Remove(topic.Name),
            CollisionNames = Counted(_topics.CollisionNames, topic.Name, by: -1),
        };
        return topic.Name;
    }

    public TopicsImage Build()
    {
        Flush();
        return _topics;
    }

    private Draft DraftOf(Guid id)
    {
        if (_drafts.TryGetValue(id, out var draft)) return draft;
        if (!_topics.ById.TryGetValue(id, out var topic))
        {
            throw new InvalidOperationException($"The metadata log speaks of the topic {id}, which does not exist.");
        }
        draft = new Draft(topic.Name, [.. topic.Partitions]);
        _drafts.Add(id, draft);
        return draft;
    }

    private void Flush()
    {
        if (_drafts.Count == 0) return;
        var byId = _topics.ById.ToBuilder();
        var byName = _topics.ByName.ToBuilder();
        var collisions = _topics.CollisionNames;
        foreach (var (id, draft) in _drafts)
        {
            var topic = new TopicImage(draft.Name, id, [.. draft.Partitions.Select((partition, index) => partition
                ?? throw new InvalidOperationException($"The metadata log has no partition {index} of the topic '{draft.Name}'."))]);
            if (!byId.ContainsKey(id)) collisions = Counted(collisions, draft.Name, by: 1);
            byId[id] = topic;
            byName[draft.Name] = topic;
        }
        _drafts.Clear();
        _newNames.Clear();
        _topics = new TopicsImage { ById = byId.ToImmutable(), ByName = byName.ToImmutable(), CollisionNames = collisions };
    }

    private static bool HasNoElr(PartitionImage partition) => partition.EligibleLeaderReplicas.IsEmpty && partition.LastKnownElr.IsEmpty;

    private static ImmutableArray<T> Changed<T>(List<T>? change, ImmutableArray<T> present) => change is null ? present : [.. change];

    private static ImmutableDictionary<string, int> Counted(ImmutableDictionary<string, int> counts, string topicName, int by)
    {
        if (TopicNames.CollisionName(topicName) is not { } name) return counts;
        int count = counts.GetValueOrDefault(name) + by;
        return count == 0 ? counts.Remove(name) : counts.SetItem(name, count);
    }

    private sealed record Draft(string Name, List<PartitionImage?> Partitions);
}
