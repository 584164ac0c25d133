using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>A member of a share group (KIP-932): others may read what it reads, so it never says what that is.</summary>
internal sealed class ShareMembership(SimulatedClient client, GroupSubscription subscription) : EpochMembership(client, subscription, instance: null)
{
    private const short HeartbeatVersion = 1;

    protected override async Task<Answer?> SendAsync(Sending heartbeat)
    {
        var answer = await Client.AskAsync(new ShareGroupHeartbeatRequest
        {
            GroupId = Subscription.Group,
            MemberId = heartbeat.MemberId,
            MemberEpoch = heartbeat.Epoch,
            SubscribedTopicNames = heartbeat.SaysAll ? [.. Subscription.Topics.Names] : null,
        }, HeartbeatVersion, LateOf(heartbeat, static (ShareGroupHeartbeatResponse answer) => answer.ErrorCode));
        return answer is null ? null : new(answer.ErrorCode, answer.MemberEpoch, answer.Assignment is { } assignment
            ? [.. assignment.TopicPartitions.SelectMany(topic => topic.Partitions.Select(partition => (Subscription.Topics.TitleOf(topic.TopicId), partition)))]
            : null);
    }
}
