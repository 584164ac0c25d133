using Moldau.Coordination.Groups.Classic;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Coordination.Groups;

/// <summary>
/// The records of <c>__consumer_offsets</c> that classic groups and offsets are made of, in the versions that Kafka 4.4 writes.
/// </summary>
internal static class GroupRecords
{
    private const short LegacyOffsetType = 0, OffsetType = 1, GroupType = 2;
    private const short ConsumerGroupType = 3, LegacyTopicsType = 4, MemberType = 5, TargetEpochType = 6, TargetType = 7;
    private const short AssignmentType = 8, PatternType = 16;
    private const short ShareMemberType = 10, ShareGroupType = 11, ShareTargetEpochType = 12, ShareTargetType = 13;
    private const short ShareAssignmentType = 14, SharePartitionsType = 15;
    private const short StreamsGroupType = 17, StreamsMemberType = 19, StreamsTargetEpochType = 20, StreamsTargetType = 21;
    private const short StreamsAssignmentType = 22, StreamsTopologyType = 23;

    private const short GroupValueVersion = 3;
    private const short OffsetValueVersion = 4;

    /// <summary>The only version that has an expiry of its own; the leader epoch, which came later, is lost in it.</summary>
    private const short ExpiringOffsetValueVersion = 1;

    /// <summary>The group as it stands, with the assignments it is about to get.</summary>
    public static CoordinatorRecord Of(ClassicGroup group, Func<GroupMember, byte[]> assignment) => Of(group, group.Generation, assignment);

    public static CoordinatorRecord Of(ClassicGroup group, int generation, Func<GroupMember, byte[]> assignment)
    {
        var value = new GroupMetadataValue
        {
            ProtocolType = group.ProtocolType,
            Generation = generation,
            Protocol = group.Protocol,
            Leader = group.LeaderId,
            CurrentStateTimestamp = group.PhaseSinceMs,
        };
        foreach (var member in group.Members)
        {
            value.Members.Add(new GroupMetadataValue.MemberMetadata
            {
                MemberId = member.Id,
                GroupInstanceId = member.InstanceId,
                ClientId = member.ClientId,
                ClientHost = member.ClientHost,
                RebalanceTimeout = member.RebalanceTimeoutMs,
                SessionTimeout = member.SessionTimeoutMs,
                Subscription = member.MetadataFor(group.Protocol),
                Assignment = assignment(member),
            });
        }
        return CoordinatorRecord.Of(new GroupMetadataKey { Group = group.Id }, value, GroupValueVersion);
    }

    public static CoordinatorRecord OfEmpty(ClassicGroup group) => Of(group, static _ => []);

    public static CoordinatorRecord Gone(string group) => CoordinatorRecord.Tombstone(new GroupMetadataKey { Group = group });

    public static CoordinatorRecord Of(string group, TopicPartition partition, OffsetCommitValue value) => CoordinatorRecord.Of(
        new OffsetCommitKey { Group = group, Topic = partition.Topic, Partition = partition.Partition },
        value,
        value.ExpireTimestamp < 0 ? OffsetValueVersion : ExpiringOffsetValueVersion);

    public static CoordinatorRecord Gone(string group, TopicPartition partition) => CoordinatorRecord.Tombstone(
        new OffsetCommitKey { Group = group, Topic = partition.Topic, Partition = partition.Partition });

    /// <summary>A stored record, or null if it is of a type that this coordinator does not keep.</summary>
    /// <exception cref="MalformedMessageException">The bytes do not fit the type they announce.</exception>
    public static CoordinatorRecord? Read(ReadOnlyMemory<byte> keyBytes, ReadOnlyMemory<byte>? valueBytes)
    {
        var key = new WireReader(keyBytes);
        return key.ReadInt16() switch
        {
            LegacyOffsetType or OffsetType =>
                Read<OffsetCommitKey, OffsetCommitValue>(OffsetCommitKey.Read(ref key, version: 0), valueBytes),
            GroupType => Read<GroupMetadataKey, GroupMetadataValue>(GroupMetadataKey.Read(ref key, version: 0), valueBytes),
            var type and >= StreamsGroupType => ReadOfStreamsGroup(type, ref key, valueBytes),
            var type => ReadOfConsumerGroup(type, ref key, valueBytes),
        };
    }

    private static CoordinatorRecord? ReadOfConsumerGroup(short type, ref WireReader key, ReadOnlyMemory<byte>? value) => type switch
    {
        ConsumerGroupType => Read<ConsumerGroupMetadataKey, ConsumerGroupMetadataValue>(ConsumerGroupMetadataKey.Read(ref key, version: 0), value),
        LegacyTopicsType => Read<ConsumerGroupPartitionMetadataKey, ConsumerGroupPartitionMetadataValue>(
            ConsumerGroupPartitionMetadataKey.Read(ref key, version: 0), value),
        MemberType => Read<ConsumerGroupMemberMetadataKey, ConsumerGroupMemberMetadataValue>(
            ConsumerGroupMemberMetadataKey.Read(ref key, version: 0), value),
        TargetEpochType => Read<ConsumerGroupTargetAssignmentMetadataKey, ConsumerGroupTargetAssignmentMetadataValue>(
            ConsumerGroupTargetAssignmentMetadataKey.Read(ref key, version: 0), value),
        TargetType => Read<ConsumerGroupTargetAssignmentMemberKey, ConsumerGroupTargetAssignmentMemberValue>(
            ConsumerGroupTargetAssignmentMemberKey.Read(ref key, version: 0), value),
        AssignmentType => Read<ConsumerGroupCurrentMemberAssignmentKey, ConsumerGroupCurrentMemberAssignmentValue>(
            ConsumerGroupCurrentMemberAssignmentKey.Read(ref key, version: 0), value),
        PatternType => Read<ConsumerGroupRegularExpressionKey, ConsumerGroupRegularExpressionValue>(
            ConsumerGroupRegularExpressionKey.Read(ref key, version: 0), value),
        _ => ReadOfShareGroup(type, ref key, value),
    };

    private static CoordinatorRecord? ReadOfShareGroup(short type, ref WireReader key, ReadOnlyMemory<byte>? value) => type switch
    {
        ShareGroupType => Read<ShareGroupMetadataKey, ShareGroupMetadataValue>(ShareGroupMetadataKey.Read(ref key, version: 0), value),
        ShareMemberType => Read<ShareGroupMemberMetadataKey, ShareGroupMemberMetadataValue>(ShareGroupMemberMetadataKey.Read(ref key, version: 0), value),
        ShareTargetEpochType => Read<ShareGroupTargetAssignmentMetadataKey, ShareGroupTargetAssignmentMetadataValue>(
            ShareGroupTargetAssignmentMetadataKey.Read(ref key, version: 0), value),
        ShareTargetType => Read<ShareGroupTargetAssignmentMemberKey, ShareGroupTargetAssignmentMemberValue>(
            ShareGroupTargetAssignmentMemberKey.Read(ref key, version: 0), value),
        ShareAssignmentType => Read<ShareGroupCurrentMemberAssignmentKey, ShareGroupCurrentMemberAssignmentValue>(
            ShareGroupCurrentMemberAssignmentKey.Read(ref key, version: 0), value),
        SharePartitionsType => Read<ShareGroupStatePartitionMetadataKey, ShareGroupStatePartitionMetadataValue>(
            ShareGroupStatePartitionMetadataKey.Read(ref key, version: 0), value),
        _ => null,
    };

    private static CoordinatorRecord? ReadOfStreamsGroup(short type, ref WireReader key, ReadOnlyMemory<byte>? value) => type switch
    {
        StreamsGroupType => Read<StreamsGroupMetadataKey, StreamsGroupMetadataValue>(StreamsGroupMetadataKey.Read(ref key, version: 0), value),
        StreamsMemberType => Read<StreamsGroupMemberMetadataKey, StreamsGroupMemberMetadataValue>(
            StreamsGroupMemberMetadataKey.Read(ref key, version: 0), value),
        StreamsTargetEpochType => Read<StreamsGroupTargetAssignmentMetadataKey, StreamsGroupTargetAssignmentMetadataValue>(
            StreamsGroupTargetAssignmentMetadataKey.Read(ref key, version: 0), value),
        StreamsTargetType => Read<StreamsGroupTargetAssignmentMemberKey, StreamsGroupTargetAssignmentMemberValue>(
            StreamsGroupTargetAssignmentMemberKey.Read(ref key, version: 0), value),
        StreamsAssignmentType => Read<StreamsGroupCurrentMemberAssignmentKey, StreamsGroupCurrentMemberAssignmentValue>(
            StreamsGroupCurrentMemberAssignmentKey.Read(ref key, version: 0), value),
        StreamsTopologyType => Read<StreamsGroupTopologyKey, StreamsGroupTopologyValue>(StreamsGroupTopologyKey.Read(ref key, version: 0), value),
        _ => null,
    };

    private static CoordinatorRecord Read<TKey, TValue>(TKey key, ReadOnlyMemory<byte>? valueBytes)
        where TKey : IMessage, IRecordMessage
        where TValue : class, IMessage<TValue>
    {
        if (valueBytes is not { } bytes) return CoordinatorRecord.Tombstone(key);
        var value = new WireReader(bytes);
        short version = value.ReadInt16();
        if (version < TValue.LowestVersion || version > TValue.HighestVersion)
            throw new MalformedMessageException($"{TValue.SchemaName} has no version {version}.");
        return CoordinatorRecord.Of(key, TValue.Read(ref value, version), version);
    }
}
