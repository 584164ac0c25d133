using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>
/// Members at random take up what they are told: <c>@id</c>, <c>@epoch</c> (or generation), <c>@protocol</c>, the partitions that they are
/// given as <c>@owned</c> (or <c>@owns</c>, with commas), and the assignment that a leader makes of all partitions as <c>@shares</c>.
/// </summary>
internal sealed class ToldMembers
{
    private static readonly string[] Partitions = ["t-0", "t-1", "t-2", "t-3"];

    private readonly ToldValues _values = new(("epoch", "0"));

    public ScenarioLine Fill(ScenarioLine line) => _values.Fill(line);

    public void Hear(string client, object answer)
    {
        switch (answer)
        {
            case JoinGroupResponse { ErrorCode: ErrorCode.MemberIdRequired } join: _values.Tell(client, "id", ScenarioRequests.ShortId(join.MemberId)); break;
            case JoinGroupResponse { ErrorCode: ErrorCode.None } join: Hear(client, join); break;
            case SyncGroupResponse { ErrorCode: ErrorCode.None } sync: TellOwned(client, ScenarioRequests.TextOf(sync.Assignment)); break;
            case ConsumerGroupHeartbeatResponse { ErrorCode: ErrorCode.None, MemberEpoch: >= 0 } beat: Hear(client, beat); break;
            case JoinGroupResponse { ErrorCode: ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId }:
            case SyncGroupResponse { ErrorCode: ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId }:
            case HeartbeatResponse { ErrorCode: ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId }:
            case LeaveGroupResponse:
            case ConsumerGroupHeartbeatResponse { ErrorCode: ErrorCode.UnknownMemberId or ErrorCode.FencedInstanceId or ErrorCode.FencedMemberEpoch }:
            case ConsumerGroupHeartbeatResponse { ErrorCode: ErrorCode.None }:
                _values.Forget(client);
                break;
        }
    }

    private void Hear(string client, JoinGroupResponse join)
    {
        _values.Tell(client, "id", ScenarioRequests.ShortId(join.MemberId));
        _values.Tell(client, "epoch", $"{join.GenerationId}");
        _values.Tell(client, "protocol", join.ProtocolName ?? "");
        var shares = join.Members.Select((member, place) => (member.MemberId, Share: Partitions.Where((_, index) => index % join.Members.Count == place)))
            .Where(member => member.Share.Any());
        _values.Tell(client, "shares", string.Join(",", shares.Select(member => $"{ScenarioRequests.ShortId(member.MemberId)}:+{string.Join("+", member.Share)}")));
    }

    private void Hear(string client, ConsumerGroupHeartbeatResponse beat)
    {
        _values.Tell(client, "id", ScenarioRequests.ShortId(beat.MemberId!));
        _values.Tell(client, "epoch", $"{beat.MemberEpoch}");
        if (beat.Assignment is not { } told) return;
        var owned = told.TopicPartitions.SelectMany(topic => topic.Partitions.Select(index => $"{ScenarioTopics.NameOf(topic.TopicId)}-{index}"));
        TellOwned(client, string.Join("+", owned));
    }

    private void TellOwned(string client, string partitions)
    {
        _values.Tell(client, "owned", partitions);
        _values.Tell(client, "owns", partitions.Replace('+', ','));
    }
}
