using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups;

/// <summary>
/// The durable half of the state: each classic group's last metadata record, the groups of the newer protocols, and the committed offsets of
/// all. Only records change it.
/// </summary>
internal sealed class DurableGroups
{
    private static readonly IReadOnlyDictionary<TopicPartition, OffsetCommitValue> NoOffsets =
        new Dictionary<TopicPartition, OffsetCommitValue>();

    private readonly Dictionary<string, GroupMetadataValue> _groups = [];
    private readonly Dictionary<string, ConsumerGroup> _consumers = [];
    private readonly Dictionary<string, ShareGroup> _shares = [];
    private readonly Dictionary<string, StreamsGroup> _streams = [];
    private readonly Dictionary<string, Dictionary<TopicPartition, OffsetCommitValue>> _offsets = [];

    /// <summary>Every group of which there is a record, be it only an offset, but share groups, which have none.</summary>
    public IEnumerable<string> GroupIds =>
        _groups.Keys.Union(_offsets.Keys).Union(_consumers.Keys).Union(_streams.Keys).Union(Pending.GroupIds).Where(id => !_shares.ContainsKey(id));

    /// <summary>The offsets of open transactions.</summary>
    public PendingOffsets Pending { get; } = new();

    /// <summary>Whether the group is a streams or share group, which never becomes a consumer group; not even when it is empty.</summary>
    public bool IsForOthers(string groupId) => _streams.ContainsKey(groupId) || _shares.ContainsKey(groupId);

    public IReadOnlyCollection<ConsumerGroup> Consumers => _consumers.Values;

    public IReadOnlyCollection<StreamsGroup> AllStreams => _streams.Values;

    public ConsumerGroup? Consumer(string groupId) => _consumers.GetValueOrDefault(groupId);

    public IReadOnlyCollection<ShareGroup> Shares => _shares.Values;

    public ShareGroup? Share(string groupId) => _shares.GetValueOrDefault(groupId);

    public StreamsGroup? Streams(string groupId) => _streams.GetValueOrDefault(groupId);

    public GroupMetadataValue? Group(string groupId) => _groups.GetValueOrDefault(groupId);

    public bool Knows(string groupId) =>
        _groups.ContainsKey(groupId) || _offsets.ContainsKey(groupId) || _consumers.ContainsKey(groupId) || _streams.ContainsKey(groupId)
        || Pending.Knows(groupId);

    public IReadOnlyDictionary<TopicPartition, OffsetCommitValue> Offsets(string groupId) =>
        _offsets.TryGetValue(groupId, out var offsets) ? offsets : NoOffsets;

    public OffsetCommitValue? Offset(string groupId, TopicPartition partition) => Offsets(groupId).GetValueOrDefault(partition);

    /// <summary>The partitions for which the group has offsets, committed or pending.</summary>
    public IEnumerable<TopicPartition> PartitionsOf(string groupId) => Offsets(groupId).Keys.Union(Pending.Of(groupId));

    /// <summary>All offsets, committed and pending.</summary>
    public IEnumerable<(string Group, TopicPartition Partition, OffsetCommitValue Value)> AllOffsets
    {
        get
        {
            var committed = from offsets in _offsets from offset in offsets.Value select (offsets.Key, offset.Key, offset.Value);
            return committed.Concat(Pending.All);
        }
    }

    public void Apply(CoordinatorRecord record)
    {
        if (record.Producer is { } producer)
        {
            Apply(record, producer);
            return;
        }
        switch (record.Key)
        {
            case GroupMetadataKey key when record.Value is GroupMetadataValue value:
                _groups[key.Group] = value;
                break;
            case GroupMetadataKey key:
                _groups.Remove(key.Group);
                break;
            case OffsetCommitKey key:
                Apply(key, (OffsetCommitValue?)record.Value);
                break;
            case ConsumerGroupMetadataKey key when record.Value is null:
                _consumers.Remove(key.GroupId);
                break;
            case ShareGroupMetadataKey key when record.Value is null:
                _shares.Remove(key.GroupId);
                break;
            case StreamsGroupMetadataKey key when record.Value is null:
                _streams.Remove(key.GroupId);
                break;
            default:
                if (ConsumerGroupReplay.GroupOf(record.Key) is { } consumerId) ApplyConsumer(consumerId, record);
                else if (StreamsGroupReplay.GroupOf(record.Key) is { } streamsId) ApplyStreams(streamsId, record);
                else if (ShareGroupReplay.GroupOf(record.Key) is { } shareId) ApplyShare(shareId, record);
                break;
        }
    }

    private void Apply(CoordinatorRecord record, TransactionalProducer producer)
    {
        if (record.End is { } end)
        {
            foreach (var (group, partition, value) in Pending.End(producer.ProducerId, end.IsCommit)) Put(group, partition, value);
        }
        else if (record is { Key: OffsetCommitKey key, Value: OffsetCommitValue pending })
        {
            Pending.Write(producer.ProducerId, key.Group, new TopicPartition(key.Topic, key.Partition), pending);
        }
    }

    /// <summary>A group is there as soon as anything is said of it.</summary>
    private void ApplyConsumer(string groupId, CoordinatorRecord record)
    {
        if (!_consumers.TryGetValue(groupId, out var group))
        {
            if (record.Value is null) return;
            _consumers.Add(groupId, group = new ConsumerGroup(groupId));
        }
        ConsumerGroupReplay.Apply(group, record);
    }

    private void ApplyShare(string groupId, CoordinatorRecord record)
    {
        if (!_shares.TryGetValue(groupId, out var group))
        {
            if (record.Value is null) return;
            _shares.Add(groupId, group = new ShareGroup(groupId));
        }
        ShareGroupReplay.Apply(group, record);
    }

    private void ApplyStreams(string groupId, CoordinatorRecord record)
    {
        if (!_streams.TryGetValue(groupId, out var group))
        {
            if (record.Value is null) return;
            _streams.Add(groupId, group = new StreamsGroup(groupId));
        }
        StreamsGroupReplay.Apply(group, record);
    }

    private void Apply(OffsetCommitKey key, OffsetCommitValue? value)
    {
        var partition = new TopicPartition(key.Topic, key.Partition);
        if (value is not null)
        {
            Pending.Outdate(key.Group, partition);
            Put(key.Group, partition, value);
            return;
        }
        Pending.Drop(key.Group, partition);
        if (_offsets.TryGetValue(key.Group, out var offsets) && offsets.Remove(partition) && offsets.Count == 0) _offsets.Remove(key.Group);
    }

    private void Put(string groupId, TopicPartition partition, OffsetCommitValue value)
    {
        if (!_offsets.TryGetValue(groupId, out var offsets)) _offsets.Add(groupId, offsets = []);
        offsets[partition] = value;
    }
}
