using Moldau.Coordination.Metadata;

namespace Moldau.Coordination.Groups.Share;

/// <summary>What the membership of share groups goes by; the names of the settings in Kafka's configuration stand beside them.</summary>
internal sealed record ShareGroupSettings
{
    /// <summary><c>group.share.session.timeout.ms</c>, <c>share.session.timeout.ms</c></summary>
    public SettingSpan SessionTimeoutMs { get; init; } = new(45_000, Min: 45_000, Max: 60_000);

    /// <summary><c>group.share.heartbeat.interval.ms</c>, <c>share.heartbeat.interval.ms</c></summary>
    public SettingSpan HeartbeatIntervalMs { get; init; } = new(5_000, Min: 5_000, Max: 15_000);

    /// <summary><c>group.share.assignment.interval.ms</c>, <c>share.assignment.interval.ms</c>: how long an assignment stands at least.</summary>
    public SettingSpan AssignmentIntervalMs { get; init; } = new(1_000, Min: 0, Max: 15_000);

    /// <summary><c>group.share.max.size</c></summary>
    public int MembersMax { get; init; } = 200;

    /// <summary><c>group.share.initialize.retry.interval.ms</c>: after so long the share coordinator is asked again.</summary>
    public int InitializeRetryMs { get; init; } = 30_000;

    /// <summary>With what was set for the group itself, within the bounds that the broker sets.</summary>
    public ShareGroupSettings Of(string groupId, ClusterImage image)
    {
        var own = image.ConfigOf(new ConfigResource(ConfigResourceType.Group, groupId));
        return own.IsEmpty ? this : this with
        {
            SessionTimeoutMs = SessionTimeoutMs.Or(own.GetValueOrDefault("share.session.timeout.ms")),
            HeartbeatIntervalMs = HeartbeatIntervalMs.Or(own.GetValueOrDefault("share.heartbeat.interval.ms")),
            AssignmentIntervalMs = AssignmentIntervalMs.Or(own.GetValueOrDefault("share.assignment.interval.ms")),
        };
    }
}
