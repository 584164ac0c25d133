using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handover;

/// <summary>A partition as the metadata has it.</summary>
internal sealed record ViewedPartition(IReadOnlyList<int> Replicas, IReadOnlyList<Guid> Directories);

/// <summary>A topic as the metadata has it.</summary>
internal sealed record ViewedTopic(string Name, Dictionary<int, ViewedPartition> Partitions);

/// <summary>A record that does not fit what came before it; Kafka's controller stops at it.</summary>
internal sealed class MetadataContradictionException(string problem) : Exception(problem);

/// <summary>
/// What the metadata comes to, as far as loading a directory depends on it. Apart from the broker's own image on purpose: a check that
/// shared its mistakes would prove nothing.
/// </summary>
internal sealed class MetadataView
{
    private readonly HashSet<Guid> _acls = [];
    private readonly HashSet<string> _topicsWithSettings = new(StringComparer.Ordinal);
    private List<MetadataRecord>? _transaction;

    public Dictionary<Guid, ViewedTopic> Topics { get; } = [];

    public Dictionary<string, Guid> TopicIds { get; } = new(StringComparer.Ordinal);

    /// <summary>Topics that the log removes behind the snapshot: their folders are rightly set aside.</summary>
    public HashSet<Guid> RemovedTopics { get; } = [];

    public Dictionary<string, short> Features { get; } = new(StringComparer.Ordinal);

    public Dictionary<int, RegisterBrokerRecord> Brokers { get; } = [];

    public HashSet<(string Name, sbyte Mechanism)> ScramUsers { get; } = [];

    /// <summary>Mechanisms of which a user was removed behind the snapshot.</summary>
    public HashSet<sbyte> ScramRemovals { get; } = [];

    public Dictionary<(sbyte Type, string Resource), Dictionary<string, string?>> Configs { get; } = [];

    /// <summary>By name of topic, the settings of removed ones that Kafka keeps: it forgets those that the snapshot has, and not those that came behind it.</summary>
    public SortedDictionary<string, SortedSet<string>> SettingsLeftBehind { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether Kafka may replay wrongly what is behind the snapshot; a new snapshot says the truth.</summary>
    public bool NeedsSnapshot => ScramRemovals.Count > 0 || SettingsLeftBehind.Count > 0;

    /// <summary>Whether there are rules of who may do what; Kafka enforces them only where an authorizer is configured.</summary>
    public bool HasAcls => _acls.Count > 0;

    public VotersRecord? Voters { get; set; }

    public short KRaftVersion { get; set; }

    /// <summary>Records of a transaction count when it ends; those of one that never does, not at all.</summary>
    /// <exception cref="MetadataContradictionException">The record does not fit.</exception>
    public void Apply(MetadataRecord record)
    {
        switch (record.Body)
        {
            case BeginTransactionRecord:
                _transaction = [];
                break;
            case AbortTransactionRecord:
                _transaction = null;
                break;
            case EndTransactionRecord:
                var ended = _transaction ?? throw new MetadataContradictionException("A transaction ends that never began.");
                _transaction = null;
                ended.ForEach(ApplyNow);
                break;
            default:
                if (_transaction is not null) _transaction.Add(record);
                else ApplyNow(record);
                break;
        }
    }

    /// <summary>All of the snapshot has been applied; the log follows.</summary>
    public void EndSnapshot() => _topicsWithSettings.UnionWith(Configs.Keys.Where(IsTopic).Select(resource => resource.Resource));

    private void ApplyNow(MetadataRecord record)
    {
        switch (record.Body)
        {
            case TopicRecord topic:
                if (!TopicIds.TryAdd(topic.Name, topic.TopicId)) throw new MetadataContradictionException($"The topic {topic.Name} is made, and it exists.");
                Topics[topic.TopicId] = new ViewedTopic(topic.Name, []);
                break;
            case RemoveTopicRecord removed:
                Remove(removed.TopicId);
                break;
            case PartitionRecord partition:
                TopicOf(partition.TopicId).Partitions[partition.PartitionId] = new ViewedPartition(partition.Replicas, partition.Directories);
                break;
            case PartitionChangeRecord change:
                Change(change);
                break;
            case FeatureLevelRecord feature:
                if (feature.FeatureLevel == 0) Features.Remove(feature.Name);
                else Features[feature.Name] = feature.FeatureLevel;
                break;
            case ConfigRecord config:
                Change(config);
                break;
            default:
                ApplyToNodesAndUsers(record);
                break;
        }
    }

    private void ApplyToNodesAndUsers(MetadataRecord record)
    {
        switch (record.Body)
        {
            case RegisterBrokerRecord broker:
                Brokers[broker.BrokerId] = broker;
                break;
            case UnregisterBrokerRecord gone:
                Brokers.Remove(gone.BrokerId);
                break;
            case BrokerRegistrationChangeRecord { LogDirs.Count: > 0 } change when Brokers.TryGetValue(change.BrokerId, out var broker):
                broker.LogDirs = change.LogDirs;
                break;
            case UserScramCredentialRecord user:
                ScramUsers.Add((user.Name, user.Mechanism));
                break;
            case RemoveUserScramCredentialRecord user:
                ScramUsers.Remove((user.Name, user.Mechanism));
                ScramRemovals.Add(user.Mechanism);
                break;
            case AccessControlEntryRecord acl:
                _acls.Add(acl.Id);
                break;
            case RemoveAccessControlEntryRecord acl:
                _acls.Remove(acl.Id);
                break;
        }
    }

    private void Remove(Guid topicId)
    {
        string name = TopicOf(topicId).Name;
        TopicIds.Remove(name);
        Topics.Remove(topicId);
        RemovedTopics.Add(topicId);
        if (!Configs.Remove(((sbyte)ConfigResourceType.Topic, name), out var settings) || _topicsWithSettings.Contains(name)) return;
        if (!SettingsLeftBehind.TryGetValue(name, out var left)) SettingsLeftBehind[name] = left = new(StringComparer.Ordinal);
        left.UnionWith(settings.Keys);
    }

    private void Change(PartitionChangeRecord change)
    {
        var topic = TopicOf(change.TopicId);
        if (!topic.Partitions.TryGetValue(change.PartitionId, out var partition))
        {
            throw new MetadataContradictionException($"Partition {topic.Name}-{change.PartitionId} is changed, and it does not exist.");
        }
        topic.Partitions[change.PartitionId] = new ViewedPartition(change.Replicas ?? partition.Replicas, change.Directories ?? partition.Directories);
    }

    private void Change(ConfigRecord config)
    {
        var resource = (config.ResourceType, config.ResourceName);
        if (!Configs.TryGetValue(resource, out var values)) Configs[resource] = values = new(StringComparer.Ordinal);
        if (config.Value is null) values.Remove(config.Name);
        else values[config.Name] = config.Value;
        if (values.Count == 0) Configs.Remove(resource);
        if (!IsTopic(resource) || !SettingsLeftBehind.TryGetValue(config.ResourceName, out var left)) return;
        left.Remove(config.Name); // Said anew, so it is right again.
        if (left.Count == 0) SettingsLeftBehind.Remove(config.ResourceName);
    }

    private static bool IsTopic((sbyte Type, string Resource) resource) => resource.Type == (sbyte)ConfigResourceType.Topic;

    private ViewedTopic TopicOf(Guid id) =>
        Topics.TryGetValue(id, out var topic) ? topic : throw new MetadataContradictionException($"A record names the topic id {Protocol.KafkaUuid.ToText(id)}, and there is no such topic.");
}
