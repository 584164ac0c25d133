using Moldau.Broker.Handlers.Shares;
using Moldau.Broker.Sharing;
using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Coordination.Groups;
using Moldau.Protocol;

namespace Moldau.Broker.Tests.Handlers.Shares;

/// <summary>Who leads a partition, as share consumers are told that asked under another leader.</summary>
public sealed class ShareLeadersTests : IAsyncLifetime
{
    private OnePartition _one = null!;
    private TopicIdPartition _there;

    public async ValueTask InitializeAsync()
    {
        _one = await OnePartition.StartAsync();
        _there = new(_one.Broker.Services.Metadata.Image.Topics.ByName[OnePartition.Topic].Id, 0);
    }

    public ValueTask DisposeAsync() => _one.DisposeAsync();

    [Theory]
    [InlineData(ErrorCode.NotLeaderOrFollower, true)]
    [InlineData(ErrorCode.FencedLeaderEpoch, true)]
    [InlineData(ErrorCode.UnknownServerError, false)]
    public void Whoever_fetches_under_another_leader_is_told_who_leads(object error, bool isTold)
    {
        var answer = new ShareFetchAnswer(Leaders()).Of([Failed(_there, (ErrorCode)error)], [], namesAll: false);
        var leader = answer.Responses[0].Partitions[0].CurrentLeader;
        Assert.Equal(isTold ? (_one.Broker.Services.NodeId, _one.Partition.LeaderEpoch) : (0, 0), (leader.LeaderId, leader.LeaderEpoch));
        Assert.Equal(isTold ? ["here"] : [], answer.NodeEndpoints.Select(node => node.Host));
    }

    [Theory]
    [InlineData(ErrorCode.NotLeaderOrFollower, true)]
    [InlineData(ErrorCode.InvalidRecordState, false)]
    public void Whoever_acknowledges_under_another_leader_is_told_who_leads(object error, bool isTold)
    {
        var answer = new ShareAcknowledgeAnswer(Leaders()).Of(new() { [_there] = new ShareOutcome((ErrorCode)error) });
        var leader = answer.Responses[0].Partitions[0].CurrentLeader;
        Assert.Equal(isTold ? (_one.Broker.Services.NodeId, _one.Partition.LeaderEpoch) : (0, 0), (leader.LeaderId, leader.LeaderEpoch));
        Assert.Equal(isTold ? ["here"] : [], answer.NodeEndpoints.Select(node => node.Host));
    }

    [Fact]
    public void Nobody_leads_a_partition_that_is_not_there_any_more()
    {
        var answer = new ShareFetchAnswer(Leaders()).Of([Failed(new(Guid.NewGuid(), 0), ErrorCode.NotLeaderOrFollower)], [], namesAll: false);
        var leader = answer.Responses[0].Partitions[0].CurrentLeader;
        Assert.Equal((-1, -1, 0), (leader.LeaderId, leader.LeaderEpoch, answer.NodeEndpoints.Count));
    }

    private ShareLeaders Leaders() => new(_one.Broker.Services, new RequestContext { Api = ApiKey.ShareFetch, Version = 2, Advertised = new("here", 9092) });

    private static ShareFetched Failed(TopicIdPartition at, ErrorCode error) => new(at) { Outcome = new ShareOutcome(error) };
}
