using Moldau.Coordination.Groups.Share;

namespace Moldau.Broker.Config;

/// <summary>The settings of share groups, group.share.*, as far as they are about members.</summary>
internal static class ShareGroupConfig
{
    public static ShareGroupSettings Read(ConfigLayers layers) => new()
    {
        SessionTimeoutMs = GroupSpan.Read(layers, "share.session.timeout.ms"),
        HeartbeatIntervalMs = GroupSpan.Read(layers, "share.heartbeat.interval.ms"),
        AssignmentIntervalMs = GroupSpan.Read(layers, "share.assignment.interval.ms"),
        MembersMax = layers.Int("group.share.max.size"),
        InitializeRetryMs = layers.Int("group.share.initialize.retry.interval.ms"),
    };
}
