namespace Moldau.Coordination.Groups.Modern;

/// <summary>Who a heartbeat says it is from.</summary>
internal readonly record struct HeartbeatSender(string MemberId, string? InstanceId, int Epoch)
{
    public bool Joins => Epoch == MemberEpochs.Joining;
}
