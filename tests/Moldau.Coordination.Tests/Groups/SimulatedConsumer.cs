using Moldau.Coordination.Groups;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>A client of the consumer protocol: it owns what it was told to, and gives up what it was told to after a while.</summary>
internal sealed class SimulatedConsumer(string id, string? instanceId, string topics)
{
    private HashSet<TopicIdPartition> _told = [];
    private bool _missedAnswer;

    public string Id => id;

    public int Epoch { get; private set; }

    /// <summary>What it reads from.</summary>
    public HashSet<TopicIdPartition> Owned { get; private set; } = [];

    /// <summary>It has heard that it is no member any more, or has not joined yet.</summary>
    public bool IsOut => Epoch == 0;

    /// <summary>
    /// What it owns it says when it has done what it was told, as clients do: in the middle of that, the list would mean something else
    /// when it arrives. After an answer that did not come it says everything, to be told everything.
    /// </summary>
    public ConsumerGroupHeartbeatRequest Heartbeat()
    {
        bool hasFollowed = Owned.SetEquals(_told);
        bool saysAll = Epoch == 0 || (_missedAnswer && hasFollowed);
        return new ConsumerGroupHeartbeatRequest
        {
            GroupId = "g",
            MemberId = id,
            InstanceId = instanceId,
            MemberEpoch = Epoch,
            RebalanceTimeoutMs = saysAll ? 20_000 : -1,
            SubscribedTopicNames = saysAll && topics != "*" ? [.. topics.Split(',')] : null,
            SubscribedTopicRegex = saysAll && topics == "*" ? ".*" : null,
            TopicPartitions = hasFollowed ? OwnedByTopic() : null,
        };
    }

    /// <summary>The request or its answer was lost.</summary>
    public void Miss() => _missedAnswer = true;

    public ConsumerGroupHeartbeatRequest Leave(int epoch) => new() { GroupId = "g", MemberId = id, InstanceId = instanceId, MemberEpoch = epoch };

    public void Hear(ConsumerGroupHeartbeatResponse answer)
    {
        if (answer.ErrorCode is ErrorCode.UnknownMemberId or ErrorCode.FencedMemberEpoch or ErrorCode.GroupIdNotFound or ErrorCode.FencedInstanceId)
        {
            GiveEverythingUp();
            return;
        }
        if (answer.ErrorCode != ErrorCode.None) return;
        if (answer.Assignment is not null) _missedAnswer = false;
        Epoch = answer.MemberEpoch;
        if (answer.Assignment is not { } assignment) return;
        _told = [.. assignment.TopicPartitions.SelectMany(topic => topic.Partitions.Select(index => new TopicIdPartition(topic.TopicId, index)))];
    }

    /// <summary>First it gives up, and only then takes what is new: as a client does that finishes its records first.</summary>
    public void Follow() => Owned = Owned.IsSubsetOf(_told) ? [.. _told] : [.. Owned.Intersect(_told)];

    public void GiveEverythingUp()
    {
        Epoch = 0;
        _told = [];
        Owned = [];
    }

    private List<ConsumerGroupHeartbeatRequest.TopicPartitionsData> OwnedByTopic() =>
    [
        .. Owned.GroupBy(partition => partition.Topic).Select(topic => new ConsumerGroupHeartbeatRequest.TopicPartitionsData
        {
            TopicId = topic.Key,
            Partitions = [.. topic.Select(partition => partition.Partition)],
        }),
    ];
}
