using Moldau.Cli.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;
using Moldau.TestKit;

namespace Moldau.Cli.Tests.Clients;

/// <summary>A member of a share group (KIP-932), which the client library cannot be, on a connection of its own.</summary>
internal sealed class JoinedShareMember : IDisposable
{
    private const int Leaving = -1;
    private const sbyte Accept = 1;

    private readonly BrokerCall _call;
    private readonly string _group, _topic;
    private int _epoch, _sessionEpoch;
    private Guid _topicId;
    private List<int> _partitions = [];

    private JoinedShareMember(BrokerCall call, string group, string topic) => (_call, _group, _topic) = (call, group, topic);

    public string Id { get; } = KafkaUuid.ToText(Guid.NewGuid());

    /// <summary>Heartbeats until it has so many partitions.</summary>
    public static async Task<JoinedShareMember> JoinAsync(TestBroker broker, string group, string topic, int partitions)
    {
        var member = new JoinedShareMember(await broker.CallAsync(), group, topic);
        await Patiently.UntilAsync(async () =>
        {
            await member.BeatAsync();
            return member._partitions.Count == partitions;
        });
        return member;
    }

    /// <summary>Acquires what there is, and accepts it.</summary>
    public async Task ReadAllAsync()
    {
        var acquired = await FetchAsync([]);
        var done = acquired.Select(partition => new ShareFetchRequest.FetchPartition
        {
            PartitionIndex = partition.PartitionIndex,
            AcknowledgementBatches = [.. partition.AcquiredRecords.Select(range =>
                new ShareFetchRequest.AcknowledgementBatch { FirstOffset = range.FirstOffset, LastOffset = range.LastOffset, AcknowledgeTypes = [Accept] })],
        });
        await FetchAsync([.. done.Where(partition => partition.AcknowledgementBatches.Count > 0)]);
    }

    public async Task LeaveAsync()
    {
        await SendAsync(new ShareGroupHeartbeatRequest { GroupId = _group, MemberId = Id, MemberEpoch = Leaving });
        Dispose();
    }

    public void Dispose() => _call.Dispose();

    private async Task BeatAsync()
    {
        var answer = await SendAsync(new ShareGroupHeartbeatRequest
        {
            GroupId = _group,
            MemberId = Id,
            MemberEpoch = _epoch,
            SubscribedTopicNames = _epoch == 0 ? [_topic] : null,
        });
        _epoch = answer.MemberEpoch;
        if (answer.Assignment is { TopicPartitions: [var assigned] })
        {
            (_topicId, _partitions) = (assigned.TopicId, assigned.Partitions);
        }
    }

    private async Task<ShareGroupHeartbeatResponse> SendAsync(ShareGroupHeartbeatRequest heartbeat)
    {
        var answer = await _call.AskAsync<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse>(heartbeat, version: 1);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer;
    }

    private async Task<List<ShareFetchResponse.PartitionData>> FetchAsync(List<ShareFetchRequest.FetchPartition> done)
    {
        List<ShareFetchRequest.FetchPartition> partitions = _sessionEpoch > 0 ? done : _partitions.ConvertAll(p => new ShareFetchRequest.FetchPartition { PartitionIndex = p });
        var request = new ShareFetchRequest
        {
            GroupId = _group,
            MemberId = Id,
            ShareSessionEpoch = _sessionEpoch++,
            MaxRecords = 500,
            BatchSize = 500,
            Topics = partitions.Count == 0 ? [] : [new() { TopicId = _topicId, Partitions = partitions }],
        };
        var answer = await _call.AskAsync<ShareFetchRequest, ShareFetchResponse>(request, version: 2);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return [.. answer.Responses.SelectMany(topic => topic.Partitions)];
    }
}
