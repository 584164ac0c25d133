using System.Collections.Immutable;
using Moldau.Coordination.Metadata;

namespace Moldau.Coordination.Groups.Share;

/// <summary>A topic's partitions as a group uses them. The name is kept for the record alone.</summary>
internal sealed record SharedTopic(string Name, ImmutableSortedSet<int> Partitions);

/// <summary>Partitions of several topics; it never changes.</summary>
internal sealed record SharedTopics(ImmutableSortedDictionary<Guid, SharedTopic> ById)
{
    public static readonly SharedTopics None = new(ImmutableSortedDictionary<Guid, SharedTopic>.Empty);

    public bool IsEmpty => ById.IsEmpty;

    public IEnumerable<TopicIdPartition> Partitions =>
        from topic in ById from partition in topic.Value.Partitions select new TopicIdPartition(topic.Key, partition);

    public bool Contains(TopicIdPartition partition) =>
        ById.TryGetValue(partition.Topic, out var topic) && topic.Partitions.Contains(partition.Partition);

    public SharedTopics With(TopicIdPartition partition, string name)
    {
        var topic = ById.TryGetValue(partition.Topic, out var former) ? former : new SharedTopic(name, []);
        return new(ById.SetItem(partition.Topic, topic with { Partitions = topic.Partitions.Add(partition.Partition) }));
    }

    public SharedTopics Without(TopicIdPartition partition)
    {
        if (!ById.TryGetValue(partition.Topic, out var topic)) return this;
        var left = topic.Partitions.Remove(partition.Partition);
        return new(left.IsEmpty ? ById.Remove(partition.Topic) : ById.SetItem(partition.Topic, topic with { Partitions = left }));
    }

    public SharedTopics Where(Func<Guid, bool> isKept) => ById.Keys.All(isKept) ? this : new(ById.RemoveRange(ById.Keys.Where(id => !isKept(id))));
}

/// <summary>
/// Which partitions of a group have state at the share coordinator. What is asked of that is stored before it is asked, so that a restart
/// asks again.
/// </summary>
internal sealed record SharePartitions
{
    public static readonly SharePartitions None = new();

    /// <summary>The share coordinator is asked to begin them.</summary>
    public SharedTopics Initializing { get; init; } = SharedTopics.None;

    /// <summary>They have state, and members may read them.</summary>
    public SharedTopics Initialized { get; init; } = SharedTopics.None;

    /// <summary>The topics whose state the share coordinator is asked to forget, with their names.</summary>
    public ImmutableSortedDictionary<Guid, string> Deleting { get; init; } = ImmutableSortedDictionary<Guid, string>.Empty;

    public bool IsEmpty => Initializing.IsEmpty && Initialized.IsEmpty && Deleting.IsEmpty;

    public bool Has(TopicIdPartition partition) => Initialized.Contains(partition) || Initializing.Contains(partition);

    /// <summary>Whether the group has begun with the topic. Partitions that it gets after that are new to the topic too.</summary>
    public bool HasBegun(Guid topic) => Initialized.ById.ContainsKey(topic);

    /// <summary>Not while the share coordinator is asked for the first partitions of the topic, or to forget it.</summary>
    public bool MayBegin(Guid topic) => !Deleting.ContainsKey(topic) && (HasBegun(topic) || !Initializing.ById.ContainsKey(topic));

    public bool HasTopic(Guid topic) => Initialized.ById.ContainsKey(topic) || Initializing.ById.ContainsKey(topic);

    public IEnumerable<Guid> Topics => Initializing.ById.Keys.Union(Initialized.ById.Keys).Union(Deleting.Keys);

    /// <summary>Those that are to be begun, or begun anew; a deletion of their topic that did not come to its end is not asked for again.</summary>
    public SharePartitions Begin(IReadOnlyCollection<TopicIdPartition> partitions, TopicsImage topics) => this with
    {
        Deleting = Deleting.RemoveRange(partitions.Select(partition => partition.Topic)),
        Initializing = partitions.Aggregate(Initializing, (all, partition) => all.With(partition, topics.ById[partition.Topic].Name)),
    };

    /// <summary>The share coordinator has begun it.</summary>
    public SharePartitions Initialize(TopicIdPartition partition) => Initializing.ById.TryGetValue(partition.Topic, out var topic)
        ? GiveUp(partition) with { Initialized = Initialized.With(partition, topic.Name) }
        : this;

    /// <summary>It is as if nobody had asked for it.</summary>
    public SharePartitions GiveUp(TopicIdPartition partition) => this with { Initializing = Initializing.Without(partition) };

    /// <summary>All partitions of the topics are to be forgotten.</summary>
    public SharePartitions Delete(IReadOnlyCollection<Guid> topics) => this with
    {
        Initializing = Initializing.Where(id => !topics.Contains(id)),
        Initialized = Initialized.Where(id => !topics.Contains(id)),
        Deleting = Deleting.SetItems(topics.Where(HasTopic).Select(id => KeyValuePair.Create(id, NameOf(id)))),
    };

    public SharePartitions Forget(IEnumerable<Guid> deleted) => this with { Deleting = Deleting.RemoveRange(deleted) };

    /// <summary>Without the topics that are gone; their state goes by itself.</summary>
    public SharePartitions Keep(Func<Guid, bool> exists) => Topics.All(exists) ? this : new()
    {
        Initializing = Initializing.Where(exists),
        Initialized = Initialized.Where(exists),
        Deleting = Deleting.RemoveRange(Deleting.Keys.Where(id => !exists(id))),
    };

    private string NameOf(Guid topic) => (Initialized.ById.GetValueOrDefault(topic) ?? Initializing.ById[topic]).Name;
}
