using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>As in Kafka an id of nothing but blanks counts as empty in a heartbeat that names its member's epoch, whatever the kind of its group.</summary>
public sealed class BlankIdTests
{
    public static TheoryData<string, string, string?, string?, bool> Ids() => new()
    {
        { "g", "m", "i", "r", true },
        { "g", "m", null, null, true },
        { " g ", " m ", " i ", " r ", true },
        { " ", "m", null, null, false },
        { "g", "  ", null, null, false },
        { "g", "m", " \t", null, false },
        { "g", "m", null, "\n", false },
    };

    [Theory]
    [MemberData(nameof(Ids))]
    public void An_id_of_a_consumer_has_more_than_blanks(string group, string member, string? instance, string? rack, bool isGood) =>
        Assert.Equal(isGood, HeartbeatRules.CheckRequest(
            new ConsumerGroupHeartbeatRequest { GroupId = group, MemberId = member, MemberEpoch = 2, InstanceId = instance, RackId = rack },
            version: 1,
            new ConsumerGroupSettings()).IsNone);

    [Theory]
    [MemberData(nameof(Ids))]
    public void An_id_of_a_streams_member_has_more_than_blanks(string group, string member, string? instance, string? rack, bool isGood) =>
        Assert.Equal(isGood, StreamsHeartbeatRules.CheckRequest(
            new StreamsGroupHeartbeatRequest { GroupId = group, MemberId = member, MemberEpoch = 2, InstanceId = instance, RackId = rack }).IsNone);

    [Theory]
    [InlineData("g", "m", "r", true)]
    [InlineData(" ", "m", null, false)]
    [InlineData("g", "  ", null, false)]
    [InlineData("g", "m", "\n", false)]
    public void An_id_of_a_share_member_has_more_than_blanks(string group, string member, string? rack, bool isGood) =>
        Assert.Equal(isGood, ShareHeartbeats.CheckRequest(
            new ShareGroupHeartbeatRequest { GroupId = group, MemberId = member, MemberEpoch = 2, RackId = rack }).IsNone);
}
