using Moldau.Coordination.Groups.Assignors;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.ShareGroupDescribeResponse;

namespace Moldau.Coordination.Groups.Share;

/// <summary>What ShareGroupDescribe and ListGroups show of share groups.</summary>
internal static class ShareGroupDescriptions
{
    private const string Type = "share";

    public static Described.DescribedGroup Missing(string groupId) => new()
    {
        GroupId = groupId,
        ErrorCode = ErrorCode.GroupIdNotFound,
        ErrorMessage = ShareHeartbeats.MissingGroup(groupId).Message,
    };

    public static Described.DescribedGroup Describe(ShareGroup group, TopicsImage topics)
    {
        var described = new Described.DescribedGroup
        {
            GroupId = group.Id,
            GroupState = StateOf(group),
            GroupEpoch = group.Epoch,
            AssignmentEpoch = group.TargetEpoch,
            AssignorName = SimpleAssignor.Name,
        };
        foreach (var member in group.Members.All) described.Members.Add(Describe(member, topics));
        return described;
    }

    public static ListGroupsResponse.ListedGroup List(ShareGroup group) =>
        new() { GroupId = group.Id, ProtocolType = Type, GroupState = StateOf(group), GroupType = Type };

    /// <summary>Nobody waits for anybody here, so there is nothing in between.</summary>
    private static string StateOf(ShareGroup group) => group.Members.All.Count == 0 ? "Empty" : "Stable";

    private static Described.Member Describe(ShareMember member, TopicsImage topics) => new()
    {
        MemberId = member.Id,
        RackId = member.RackId,
        MemberEpoch = member.Epoch,
        ClientId = member.ClientId,
        ClientHost = member.ClientHost,
        SubscribedTopicNames = [.. member.Topics],
        Assignment = Show(member.Assigned, topics),
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
