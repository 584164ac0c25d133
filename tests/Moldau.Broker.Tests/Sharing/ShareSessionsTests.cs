using Moldau.Broker.Sharing;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Sharing;

/// <summary>What the sessions of share groups remember, where nothing is fetched.</summary>
public sealed class ShareSessionsTests
{
    private const string Group = "g";

    private static readonly Guid Topic = new("11111111-2222-3333-4444-555555555555");

    [Fact]
    public void Partitions_that_come_and_go_are_not_remembered()
    {
        var sessions = Sessions(new ShareSessionLimits { PartitionsMax = 2 });
        Assert.Equal(ErrorCode.None, Begin(sessions, "a", epoch: 0, named: [0]).Error);
        for (int epoch = 1; epoch < 10; epoch++)
        {
            var round = Begin(sessions, "a", epoch, named: [epoch], forgotten: [epoch - 1]);
            Assert.Equal([epoch], round.Partitions.Select(partition => partition.Partition));
        }
    }

    [Fact]
    public void A_member_that_names_too_many_partitions_takes_no_room_from_the_others()
    {
        var sessions = Sessions(new ShareSessionLimits { PartitionsMax = 2, AllPartitionsMax = 3 });
        Assert.Equal(ErrorCode.ShareSessionLimitReached, Begin(sessions, "a", epoch: 0, named: [0, 1, 2]).Error);
        Assert.Equal(ErrorCode.None, Begin(sessions, "a", epoch: 0, named: [0, 1]).Error);
        Assert.Equal(ErrorCode.None, Begin(sessions, "b", epoch: 0, named: [0]).Error);
        Assert.Equal(ErrorCode.ShareSessionLimitReached, Begin(sessions, "a", epoch: 1, named: [2]).Error);
        Assert.Equal(ErrorCode.None, Begin(sessions, "b", epoch: 1, named: [1]).Error);
        Assert.Equal(1, sessions.Count);
    }

    [Fact]
    public void Who_adds_nothing_keeps_its_session_though_all_together_have_too_many_partitions()
    {
        var limits = new ShareSessionLimits { AllPartitionsMax = 4 };
        var sessions = Sessions(() => limits);
        Assert.Equal(ErrorCode.None, Begin(sessions, "a", epoch: 0, named: [0, 1]).Error);
        Assert.Equal(ErrorCode.None, Begin(sessions, "b", epoch: 0, named: [0, 1]).Error);
        limits = new ShareSessionLimits { AllPartitionsMax = 3 };
        Assert.Equal(ErrorCode.None, Begin(sessions, "a", epoch: 1, named: [0], forgotten: [1]).Error);
        Assert.Equal(ErrorCode.None, Begin(sessions, "b", epoch: 1, named: []).Error);
        Assert.Equal(ErrorCode.ShareSessionLimitReached, Begin(sessions, "b", epoch: 2, named: [2, 3]).Error);
    }

    private static ShareSessions Sessions(ShareSessionLimits limits) => Sessions(() => limits);

    private static ShareSessions Sessions(Func<ShareSessionLimits> limits) =>
        new(limits, new SharePartitions(environment: null!), TimeProvider.System, TestContext.Current.CancellationToken); // No partition is taken up.

    private static ShareRound Begin(ShareSessions sessions, string member, int epoch, int[] named, params int[] forgotten) => sessions.Begin(
        new ShareFetchRequest
        {
            GroupId = Group,
            MemberId = member,
            ShareSessionEpoch = epoch,
            Topics = [new() { TopicId = Topic, Partitions = [.. named.Select(index => new ShareFetchRequest.FetchPartition { PartitionIndex = index })] }],
            ForgottenTopicsData = [new() { TopicId = Topic, Partitions = [.. forgotten] }],
        },
        CancellationToken.None);
}
