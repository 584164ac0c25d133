using Moldau.Protocol.Messages;
using Owned = Moldau.Protocol.Messages.ConsumerGroupHeartbeatRequest.TopicPartitionsData;

namespace Moldau.Benchmarks;

/// <summary>A member of a group of the consumer protocol (KIP-848), which takes on and gives up at once what it is told.</summary>
internal sealed class ConsumerMember(string group)
{
    private const short Version = 1;

    private readonly string _id = Guid.NewGuid().ToString();
    private List<Owned> _owned = [];
    private bool _mustSayAll = true;

    public int Epoch { get; private set; }

    public int OwnedCount => _owned.Sum(topic => topic.Partitions.Count);

    /// <summary>The first heartbeat joins. A heartbeat says what is owned only where that has changed.</summary>
    public async Task BeatAsync(WireConnection connection)
    {
        var response = await connection.AskAsync<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(
            new()
            {
                GroupId = group,
                MemberId = _id,
                MemberEpoch = Epoch,
                RebalanceTimeoutMs = Epoch == 0 ? 60_000 : -1,
                SubscribedTopicNames = Epoch == 0 ? [BenchTopic.Name] : null,
                TopicPartitions = _mustSayAll ? _owned : null,
            },
            Version);
        BenchTopic.Expect(response.ErrorCode, "A heartbeat");
        Epoch = response.MemberEpoch;
        _mustSayAll = response.Assignment is not null;
        if (response.Assignment is { } assignment)
            _owned = assignment.TopicPartitions.ConvertAll(topic => new Owned { TopicId = topic.TopicId, Partitions = topic.Partitions });
    }
}
