using Moldau.Coordination.Groups;
using Moldau.Coordination.ShareState;
using Moldau.Coordination.Transactions;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Coordination.Tests.Replicas;

/// <summary>
/// Whatever a stored record says is in the state that replicas are compared by: a record that differs in one field makes another state. The
/// few fields that count for nothing are named.
/// </summary>
public sealed class StoredFieldsTests
{
    private static readonly ShareSnapshotKey SharedKey = new() { GroupId = "g" };

    private static readonly Dictionary<string, Func<MessageFiller, object>> States = new()
    {
        ["group"] = fill => GroupsOf(new GroupMetadataKey { Group = "g" }, fill.Fill<GroupMetadataValue>(), version: 3),
        ["offset"] = fill => GroupsOf(new OffsetCommitKey { Group = "g", Topic = "t" }, fill.Fill<OffsetCommitValue>(), version: 4),
        ["offset with an expiry"] = fill => GroupsOf(new OffsetCommitKey { Group = "g", Topic = "t" }, fill.Fill<OffsetCommitValue>(), version: 1),
        ["pending offset"] = fill => GroupsOf(
            CoordinatorRecord.Of(new OffsetCommitKey { Group = "g", Topic = "t" }, fill.Fill<OffsetCommitValue>(), 4) with { Producer = new(7, 0) }),
        ["consumer group"] = fill => GroupsOf(new ConsumerGroupMetadataKey { GroupId = "g" }, fill.Fill<ConsumerGroupMetadataValue>()),
        ["consumer"] = fill => GroupsOf(new ConsumerGroupMemberMetadataKey { GroupId = "g", MemberId = "m" }, fill.Fill<ConsumerGroupMemberMetadataValue>()),
        ["consumers' topics"] = fill => GroupsOf(new ConsumerGroupPartitionMetadataKey { GroupId = "g" }, fill.Fill<ConsumerGroupPartitionMetadataValue>()),
        ["consumers' target"] = fill => GroupsOf(
            new ConsumerGroupTargetAssignmentMetadataKey { GroupId = "g" }, fill.Fill<ConsumerGroupTargetAssignmentMetadataValue>()),
        ["consumer's target"] = fill => GroupsOf(
            new ConsumerGroupTargetAssignmentMemberKey { GroupId = "g", MemberId = "m" }, fill.Fill<ConsumerGroupTargetAssignmentMemberValue>()),
        ["consumer's assignment"] = fill => GroupsOf(
            new ConsumerGroupCurrentMemberAssignmentKey { GroupId = "g", MemberId = "m" }, fill.Fill<ConsumerGroupCurrentMemberAssignmentValue>()),
        ["pattern"] = fill => GroupsOf(
            new ConsumerGroupRegularExpressionKey { GroupId = "g", RegularExpression = "t.*" }, fill.Fill<ConsumerGroupRegularExpressionValue>()),
        ["share group"] = fill => GroupsOf(new ShareGroupMetadataKey { GroupId = "g" }, fill.Fill<ShareGroupMetadataValue>()),
        ["sharer"] = fill => GroupsOf(new ShareGroupMemberMetadataKey { GroupId = "g", MemberId = "m" }, fill.Fill<ShareGroupMemberMetadataValue>()),
        ["sharers' target"] = fill => GroupsOf(
            new ShareGroupTargetAssignmentMetadataKey { GroupId = "g" }, fill.Fill<ShareGroupTargetAssignmentMetadataValue>()),
        ["sharer's target"] = fill => GroupsOf(
            new ShareGroupTargetAssignmentMemberKey { GroupId = "g", MemberId = "m" }, fill.Fill<ShareGroupTargetAssignmentMemberValue>()),
        ["sharer's assignment"] = fill => GroupsOf(
            new ShareGroupCurrentMemberAssignmentKey { GroupId = "g", MemberId = "m" }, fill.Fill<ShareGroupCurrentMemberAssignmentValue>()),
        ["sharers' partitions"] = fill => GroupsOf(
            new ShareGroupStatePartitionMetadataKey { GroupId = "g" }, fill.Fill<ShareGroupStatePartitionMetadataValue>()),
        ["streams group"] = fill => GroupsOf(new StreamsGroupMetadataKey { GroupId = "g" }, fill.Fill<StreamsGroupMetadataValue>()),
        ["topology"] = fill => GroupsOf(new StreamsGroupTopologyKey { GroupId = "g" }, fill.Fill<StreamsGroupTopologyValue>()),
        ["stream"] = fill => GroupsOf(new StreamsGroupMemberMetadataKey { GroupId = "g", MemberId = "m" }, fill.Fill<StreamsGroupMemberMetadataValue>()),
        ["streams' target"] = fill => GroupsOf(
            new StreamsGroupTargetAssignmentMetadataKey { GroupId = "g" }, fill.Fill<StreamsGroupTargetAssignmentMetadataValue>()),
        ["stream's target"] = fill => GroupsOf(
            new StreamsGroupTargetAssignmentMemberKey { GroupId = "g", MemberId = "m" }, fill.Fill<StreamsGroupTargetAssignmentMemberValue>()),
        ["stream's assignment"] = fill => GroupsOf(
            new StreamsGroupCurrentMemberAssignmentKey { GroupId = "g", MemberId = "m" }, fill.Fill<StreamsGroupCurrentMemberAssignmentValue>()),
        ["transaction"] = fill => TransactionsOf(fill.Fill<TransactionLogValue>()),
        ["share state"] = fill => SharesOf(CoordinatorRecord.Of(SharedKey, fill.Fill<ShareSnapshotValue>(), 0)),
        ["share update"] = fill => SharesOf(
            CoordinatorRecord.Of(SharedKey, new ShareSnapshotValue { StartOffset = 0 }, 0),
            CoordinatorRecord.Of(new ShareUpdateKey { GroupId = "g" }, fill.Fill<ShareUpdateValue>(), 0)),
    };

    private static readonly Dictionary<string, string[]> CountForNothing = new()
    {
        // Version 4 has no expiry of its own, and version 1 nothing of what came later.
        ["offset"] = ["ExpireTimestamp"],
        ["offset with an expiry"] = ["LeaderEpoch", "TopicId"],
        ["pending offset"] = ["ExpireTimestamp"],
        // The hash has replaced it: that there is one is all that counts.
        ["consumers' topics"] = ["Topics.TopicId", "Topics.TopicName", "Topics.NumPartitions", "Topics.PartitionMetadata.Partition", "Topics.PartitionMetadata.Racks"],
        // A member of a share group never waits for anything, so it has one state only.
        ["sharer's assignment"] = ["State"],
        // They are of active tasks alone: only of what is processed are offsets committed.
        ["stream's assignment"] =
        [
            "StandbyTasks.AssignmentEpochs", "WarmupTasks.AssignmentEpochs", "StandbyTasksPendingRevocation.AssignmentEpochs",
            "WarmupTasksPendingRevocation.AssignmentEpochs",
        ],
        // Of transactions that another coordinator decides about (KIP-939), which Moldau does not have.
        ["transaction"] = ["NextProducerEpoch"],
        // An update is of the snapshot before it.
        ["share update"] = ["SnapshotEpoch"],
    };

    public static TheoryData<string> Records() => [.. States.Keys];

    [Theory]
    [MemberData(nameof(Records))]
    public void Every_field_of_a_stored_record_counts_in_the_state(string record)
    {
        var filler = new MessageFiller();
        object state = States[record](filler);
        Assert.Null(StateComparison.OfAll.Difference(state, States[record](new MessageFiller())));
        var without = filler.Fields.Where((_, at) => StateComparison.OfAll.Difference(state, States[record](new MessageFiller(at))) is null);
        Assert.Equal(CountForNothing.GetValueOrDefault(record, []), without);
    }

    private static DurableGroups GroupsOf<TKey>(TKey key, IMessage value, short version = 0) where TKey : IMessage, IRecordMessage =>
        GroupsOf(CoordinatorRecord.Of(key, value, version));

    private static DurableGroups GroupsOf(CoordinatorRecord record)
    {
        var groups = new DurableGroups();
        groups.Apply(new StoredLog(GroupRecords.Read).Append(record));
        return groups;
    }

    private static DurableTransactions TransactionsOf(TransactionLogValue value)
    {
        var transactions = new DurableTransactions();
        transactions.Apply(new StoredLog(TransactionRecords.Read).Append(CoordinatorRecord.Of(new TransactionLogKey { TransactionalId = "x" }, value, 1)));
        return transactions;
    }

    private static DurableShareState SharesOf(params CoordinatorRecord[] records)
    {
        var log = new StoredLog(ShareStateRecords.Read);
        var shares = new DurableShareState();
        foreach (var record in records) shares.Apply(log.Append(record), log.Count);
        return shares;
    }
}
