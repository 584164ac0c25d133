using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>A member of the consumer protocol (KIP-848), which asks for its topics by name or by a pattern, and not always for all of them.</summary>
internal sealed class ConsumerMembership(SimulatedClient client, GroupSubscription subscription, string? instance = null) : EpochMembership(client, subscription, instance)
{
    private const short HeartbeatVersion = 1;

    private string? _pattern;
    private string[] _topics = [.. subscription.Topics.Names];

    public override async Task SpeakAsync()
    {
        if (Client.IsReliable && _topics.Length < Subscription.Topics.Names.Count()) AskFor([.. Subscription.Topics.Names]);
        await base.SpeakAsync();
    }

    public override Task SurpriseAsync()
    {
        AskFor([.. Client.Chance.Next(3) > 0 ? Subscription.Topics.Names : Subscription.Topics.Names.Take(1)]);
        return Task.CompletedTask;
    }

    protected override async Task<Answer?> SendAsync(Sending heartbeat)
    {
        var answer = await Client.AskAsync(new ConsumerGroupHeartbeatRequest
        {
            GroupId = Subscription.Group,
            MemberId = heartbeat.MemberId,
            InstanceId = Instance,
            MemberEpoch = heartbeat.Epoch,
            RebalanceTimeoutMs = heartbeat.SaysAll ? RebalanceMs : -1,
            SubscribedTopicNames = !heartbeat.SaysAll ? null : _pattern is null ? [.. _topics] : [],
            SubscribedTopicRegex = heartbeat.SaysAll ? _pattern ?? "" : null,
            TopicPartitions = heartbeat.Owned is { } owned
                ? [.. owned.GroupBy(partition => partition.Topic, partition => partition.Partition).Select(topic =>
                    new ConsumerGroupHeartbeatRequest.TopicPartitionsData { TopicId = Subscription.Topics.IdOf(topic.Key), Partitions = [.. topic.Order()] })]
                : null,
        }, HeartbeatVersion, LateOf(heartbeat, static (ConsumerGroupHeartbeatResponse answer) => answer.ErrorCode));
        return answer is null ? null : new(answer.ErrorCode, answer.MemberEpoch, answer.Assignment is { } assignment
            ? [.. assignment.TopicPartitions.SelectMany(topic => topic.Partitions.Select(partition => (Subscription.Topics.TitleOf(topic.TopicId), partition)))]
            : null);
    }

    private void AskFor(string[] topics)
    {
        _topics = topics;
        _pattern = Client.Chance.Next(2) == 0 ? string.Join('|', topics) : null;
        SubscriptionChanged(topics);
    }
}
