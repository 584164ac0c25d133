using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Share;

namespace Moldau.Broker.Config;

/// <summary>The settings of share groups, group.share.*, as far as they are about members.</summary>
internal static class ShareGroupConfig
{
    public static ShareGroupSettings Read(ConfigLayers layers) => new()
    {
        SessionTimeoutMs = Span(layers, "session.timeout.ms"),
        HeartbeatIntervalMs = Span(layers, "heartbeat.interval.ms"),
        AssignmentIntervalMs = Span(layers, "assignment.interval.ms"),
        MembersMax = layers.Int("group.share.max.size"),
        InitializeRetryMs = layers.Int("group.share.initialize.retry.interval.ms"),
    };

    private static SettingSpan Span(ConfigLayers layers, string name) => new(
        layers.Int($"group.share.{name}"), layers.Int($"group.share.min.{name}"), layers.Int($"group.share.max.{name}"));
}
