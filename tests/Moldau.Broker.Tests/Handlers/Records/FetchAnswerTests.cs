using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Net;
using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Records;

public sealed class FetchAnswerTests : IAsyncLifetime
{
    private readonly FetchTarget _target = new(new FetchKey("t", Guid.Empty, 0));
    private OnePartition _one = null!;

    public async ValueTask InitializeAsync() => _one = await OnePartition.StartAsync();

    public ValueTask DisposeAsync() => _one.DisposeAsync();

    [Theory]
    [InlineData(ErrorCode.FencedLeaderEpoch, 16, true)]
    [InlineData(ErrorCode.NotLeaderOrFollower, 18, true)]
    [InlineData(ErrorCode.FencedLeaderEpoch, 15, false)]
    [InlineData(ErrorCode.UnknownLeaderEpoch, 18, false)]
    public void Whoever_asks_under_an_old_leader_epoch_is_told_the_new_one(object error, short version, bool isTold)
    {
        var answer = Answer(version, new FetchRead { Target = _target, Partition = _one.Partition, Error = (ErrorCode)error });
        var leader = Assert.Single(Assert.Single(answer.Responses).Partitions).CurrentLeader;
        Assert.Equal(isTold ? (7, _one.Partition.LeaderEpoch) : (-1, -1), (leader.LeaderId, leader.LeaderEpoch));
        Assert.Equal(isTold ? ["here"] : [], answer.NodeEndpoints.Select(node => node.Host));
    }

    [Theory]
    [InlineData(5, ErrorCode.NotLeaderOrFollower)]
    [InlineData(6, ErrorCode.KafkaStorageError)]
    public void A_client_that_does_not_know_the_storage_error_is_told_one_after_which_it_asks_again(short version, object told)
    {
        var answer = Answer(version, new FetchRead { Target = _target, Partition = _one.Partition, Error = ErrorCode.KafkaStorageError });
        Assert.Equal((ErrorCode)told, Assert.Single(Assert.Single(answer.Responses).Partitions).ErrorCode);
    }

    private static FetchResponse Answer(short version, FetchRead read)
    {
        using var reads = new FetchReads(new MemoryBudget(1_000_000), 1);
        reads.Add(read);
        var context = new RequestContext { Api = ApiKey.Fetch, Version = version, Advertised = new("here", 9092) };
        return new FetchAnswer(context, nodeId: 7, rack: null).Of(new FetchRound { Targets = [read.Target] }, reads, ReadBound.HighWatermark);
    }
}
