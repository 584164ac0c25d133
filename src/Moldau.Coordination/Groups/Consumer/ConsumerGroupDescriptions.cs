using Moldau.Coordination.Groups.Classic;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.ConsumerGroupDescribeResponse;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>What ConsumerGroupDescribe and ListGroups show of consumer groups.</summary>
internal static class ConsumerGroupDescriptions
{
    public const string Type = "consumer";

    private const sbyte ClassicMember = 0, ConsumerProtocolMember = 1;

    public static Described.DescribedGroup Missing(string groupId) => new()
    {
        GroupId = groupId,
        ErrorCode = ErrorCode.GroupIdNotFound,
        ErrorMessage = $"There is no group '{groupId}' of the consumer protocol.",
    };

    public static Described.DescribedGroup Describe(ConsumerGroup group, Turn turn)
    {
        var described = new Described.DescribedGroup
        {
            GroupId = group.Id,
            GroupState = StateOf(group),
            GroupEpoch = group.Epoch,
            AssignmentEpoch = group.TargetEpoch,
            AssignorName = TargetAssignment.ChosenAssignor(group.Members, turn.ConsumerSettings(group.Id)),
        };
        foreach (var member in group.Members) described.Members.Add(Describe(group, member, turn.Image.Topics));
        return described;
    }

    public static ListGroupsResponse.ListedGroup List(ConsumerGroup group) =>
        new() { GroupId = group.Id, ProtocolType = Subscriptions.ConsumerType, GroupState = StateOf(group), GroupType = Type };

    public static string StateOf(ConsumerGroup group) => group switch
    {
        { Members.Count: 0 } => "Empty",
        { } when group.Epoch > group.TargetEpoch => "Assigning",
        { } when group.Members.All(member => member.IsReconciledTo(group.TargetEpoch)) => "Stable",
        _ => "Reconciling",
    };

    private static Described.Member Describe(ConsumerGroup group, ConsumerMember member, TopicsImage topics) => new()
    {
        MemberId = member.Id,
        InstanceId = member.InstanceId,
        RackId = member.RackId,
        MemberEpoch = member.Epoch,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        SubscribedTopicNames = [.. member.Topics],
        SubscribedTopicRegex = member.Pattern,
        // What it was asked to give up is still its own until it has.
        Assignment = Show(member.Assigned.Keys.Concat(member.PendingRevocation.Keys), topics),
        TargetAssignment = Show(group.Target(member.Id) ?? new HashSet<TopicIdPartition>(), topics),
        MemberType = member.SpeaksClassic ? ClassicMember : ConsumerProtocolMember,
    };

    private static Described.Assignment Show(IEnumerable<TopicIdPartition> partitions, TopicsImage topics)
    {
        var shown = new Described.Assignment();
        foreach (var topic in partitions.Order().GroupBy(partition => partition.Topic))
        {
            if (!topics.ById.TryGetValue(topic.Key, out var found)) continue;
            shown.TopicPartitions.Add(new()
            {
                TopicId = topic.Key,
                TopicName = found.Name,
                Partitions = [.. topic.Select(partition => partition.Partition)],
            });
        }
        return shown;
    }
}
