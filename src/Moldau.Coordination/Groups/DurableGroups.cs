using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups;

/// <summary>The protocols of groups beside the classic one.</summary>
internal enum OtherProtocol
{
    Consumer,
    Share,
    Streams,
}

/// <summary>The durable half of the state: each group's last metadata record and its committed offsets. Only records change it.</summary>
internal sealed class DurableGroups
{
    private static readonly IReadOnlyDictionary<TopicPartition, OffsetCommitValue> NoOffsets =
        new Dictionary<TopicPartition, OffsetCommitValue>();

    private readonly Dictionary<string, GroupMetadataValue> _groups = [];
    private readonly Dictionary<string, OtherProtocol> _others = [];
    private readonly Dictionary<string, Dictionary<TopicPartition, OffsetCommitValue>> _offsets = [];

    /// <summary>Every group of which there is a record, be it only an offset.</summary>
    public IEnumerable<string> GroupIds => _groups.Keys.Union(_offsets.Keys).Union(Pending.GroupIds);

    /// <summary>The offsets of open transactions.</summary>
    public PendingOffsets Pending { get; } = new();

    /// <summary>Whether the group is of another protocol than the classic one. What is recorded of it must be left as it is.</summary>
    public bool IsOfOtherProtocol(string groupId) => _others.ContainsKey(groupId);

    /// <summary>The groups of other protocols than the classic one.</summary>
    public IReadOnlyDictionary<string, OtherProtocol> Others => _others;

    public GroupMetadataValue? Group(string groupId) => _groups.GetValueOrDefault(groupId);

    public bool Knows(string groupId) => _groups.ContainsKey(groupId) || _offsets.ContainsKey(groupId) || Pending.Knows(groupId);

    public IReadOnlyDictionary<TopicPartition, OffsetCommitValue> Offsets(string groupId) =>
        _offsets.TryGetValue(groupId, out var offsets) ? offsets : NoOffsets;

    public OffsetCommitValue? Offset(string groupId, TopicPartition partition) => Offsets(groupId).GetValueOrDefault(partition);

    /// <summary>The partitions for which the group has offsets, committed or pending.</summary>
    public IEnumerable<TopicPartition> PartitionsOf(string groupId) => Offsets(groupId).Keys.Union(Pending.Of(groupId));

    public IEnumerable<(string Group, TopicPartition Partition)> OffsetsWhere(Func<string, bool> topic)
    {
        var committed = from offsets in _offsets from partition in offsets.Value.Keys select (offsets.Key, partition);
        return committed.Union(Pending.All).Where(offset => topic(offset.Item2.Topic));
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
            case ConsumerGroupMetadataKey key:
                ApplyOther(key.GroupId, OtherProtocol.Consumer, record);
                break;
            case ShareGroupMetadataKey key:
                ApplyOther(key.GroupId, OtherProtocol.Share, record);
                break;
            case StreamsGroupMetadataKey key:
                ApplyOther(key.GroupId, OtherProtocol.Streams, record);
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

    private void ApplyOther(string groupId, OtherProtocol protocol, CoordinatorRecord record)
    {
        if (record.Value is null) _others.Remove(groupId);
        else _others[groupId] = protocol;
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
