using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>What a heartbeat with nothing new costs where the members of a share group have much.</summary>
public sealed class ShareHeartbeatCostTests
{
    private const int Partitions = 10_000, BytesMax = 20_000;

    private readonly GroupShard _shard = new(new GroupSettings());
    private long _seconds;

    [Fact]
    public void It_does_not_walk_through_what_all_members_have()
    {
        _shard.Decide(new MetadataChanged(ClusterImage.Empty.With("t", Partitions), new GroupSettings()), Now);
        var begun = Assert.Single(Beat(0, "t").Effects.OfType<ShareStateEffect>());
        Apply(_shard.Decide(new ShareStatesSettled(begun, new Dictionary<TopicIdPartition, ErrorCode>()), Now));
        int epoch = EpochIn(Beat(2));
        Beat(epoch); // It looks whether anything is left out.

        long before = GC.GetAllocatedBytesForCurrentThread();
        var decision = Beat(epoch);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((3, 3, 0), (epoch, EpochIn(decision), decision.Records.Count));
        Assert.InRange(allocated, 0, BytesMax);
    }

    /// <summary>A second after the last, so that no assignment has to stand for longer.</summary>
    private Instant Now => new(UtcMs: ++_seconds * 1_000, TimerMs: _seconds * 1_000);

    private static int EpochIn(Decision<CoordinatorRecord> decision)
    {
        var answer = (ShareGroupHeartbeatResponse)Assert.Single(decision.Replies).Answer;
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer.MemberEpoch;
    }

    private Decision<CoordinatorRecord> Beat(int epoch, params string[] topics)
    {
        var request = new ShareGroupHeartbeatRequest { GroupId = "g", MemberId = "m", MemberEpoch = epoch, SubscribedTopicNames = epoch == 0 ? [.. topics] : null };
        return Apply(_shard.Decide(new GroupCall(new Caller(new ReplyToken(_seconds), ApiVersion: 1) { ClientId = "client" }, request), Now));
    }

    private Decision<CoordinatorRecord> Apply(Decision<CoordinatorRecord> decision)
    {
        foreach (var record in decision.Records) _shard.Apply(record);
        return decision;
    }
}
