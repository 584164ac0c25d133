using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>What a shard makes of a state that should not be: half-judged inputs, and records that no coordinator writes.</summary>
public sealed class GroupRecoveryTests
{
    private static readonly Instant Now = new(UtcMs: 1_000, TimerMs: 0);

    private readonly GroupShard _shard = new(new GroupSettings());
    private long _lastToken;

    [Fact]
    public void After_a_fault_the_group_goes_back_to_what_is_stored_and_whoever_waits_is_told()
    {
        Ask(Join(""));
        var parked = Ask(Join(""));
        Assert.Empty(parked.Replies);

        var back = _shard.DecideFailed(Now);

        var told = Assert.Single(back.Replies);
        Assert.Equal(_lastToken, told.To.Value);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, ((JoinGroupResponse)told.Answer).ErrorCode);
        Assert.Empty(Members());
        Assert.Equal(ErrorCode.None, ((JoinGroupResponse)Ask(Join("")).Replies[0].Answer).ErrorCode);
    }

    [Fact]
    public void A_stored_leader_that_is_no_member_gives_its_place_to_one()
    {
        _shard.Apply(CoordinatorRecord.Of(new GroupMetadataKey { Group = "g" }, Stored(leader: "gone", member: "m"), valueVersion: 3));
        _shard.Loaded(Now);

        var answer = (JoinGroupResponse)Ask(Join("m")).Replies[0].Answer;

        Assert.Equal((ErrorCode.None, "m"), (answer.ErrorCode, answer.Leader));
    }

    [Fact]
    public void A_target_that_was_cut_off_gives_no_partition_to_two_members_when_the_group_becomes_classic()
    {
        var image = ClusterImage.Empty.With("t", 2);
        var topics = image.Topics;
        TopicIdPartition first = new(topics.ByName["t"].Id, 0), second = new(topics.ByName["t"].Id, 1);
        _shard.Decide(new MetadataChanged(image, new GroupSettings()), Now);
        foreach (var member in new[] { Classic("a", first), Classic("b", second), new ConsumerMember { Id = "new", RebalanceTimeoutMs = 10_000, Epoch = 5 } })
        {
            _shard.Apply(ConsumerGroupRecords.Subscription("g", member));
            _shard.Apply(ConsumerGroupRecords.Assignment("g", member));
            _shard.Apply(ConsumerGroupRecords.TargetOf("g", member.Id, member.Assigned.Keys.ToHashSet()));
        }
        _shard.Apply(ConsumerGroupRecords.TargetEpoch("g", 5, timestampMs: 1));
        _shard.Apply(ConsumerGroupRecords.Epoch("g", 6, metadataHash: 0));
        _shard.Apply(ConsumerGroupRecords.TargetOf("g", "a", new HashSet<TopicIdPartition> { second })); // And b's, and its epoch, were not stored any more.
        _shard.Loaded(Now);

        Ask(new ConsumerGroupHeartbeatRequest { GroupId = "g", MemberId = "new", MemberEpoch = MemberEpochs.Leaving });

        Assert.Equal([("a", first), ("b", second)], Members().Select(member => (member.MemberId, Assert.Single(AssignedTo(member, topics)))));
    }

    private static HashSet<TopicIdPartition> AssignedTo(DescribeGroupsResponse.DescribedGroupMember member, TopicsImage topics)
    {
        Assert.True(ConsumerProtocolBytes.TryReadAssignment(member.MemberAssignment, topics, out var assigned));
        return assigned;
    }

    private static ConsumerMember Classic(string id, TopicIdPartition assigned) => new()
    {
        Id = id,
        RebalanceTimeoutMs = 10_000,
        Classic = new() { SessionTimeoutMs = 10_000, SupportedProtocols = [new() { Name = "range", Metadata = [] }] },
        Epoch = 5,
        PreviousEpoch = 5,
        Assigned = new Dictionary<TopicIdPartition, int> { [assigned] = 5 },
    };

    private List<DescribeGroupsResponse.DescribedGroupMember> Members() =>
        ((DescribeGroupsResponse.DescribedGroup)Ask(new DescribeGroup("g")).Replies[0].Answer).Members;

    private Decision<CoordinatorRecord> Ask(object request)
    {
        var caller = new Caller(new ReplyToken(++_lastToken), ApiVersion: 0) { ClientId = "client", FreshId = new Guid((int)_lastToken, 0, 0, new byte[8]) };
        var decision = _shard.Decide(new GroupCall(caller, request), Now);
        foreach (var record in decision.Records) _shard.Apply(record);
        return decision;
    }

    private static JoinGroupRequest Join(string memberId) => new()
    {
        GroupId = "g",
        MemberId = memberId,
        SessionTimeoutMs = 10_000,
        ProtocolType = "consumer",
        Protocols = [new() { Name = "range" }],
    };

    private static GroupMetadataValue Stored(string leader, string member) => new()
    {
        ProtocolType = "consumer",
        Generation = 1,
        Protocol = "range",
        Leader = leader,
        Members = [new() { MemberId = member, SessionTimeout = 10_000, RebalanceTimeout = 10_000 }],
    };
}
