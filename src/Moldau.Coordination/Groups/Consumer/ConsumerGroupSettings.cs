using Moldau.Coordination.Metadata;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>Between which protocols a group may change while it has members.</summary>
[Flags]
internal enum GroupMigration
{
    None = 0,

    /// <summary>A classic group of consumers becomes a consumer group when a client of the consumer protocol joins.</summary>
    Upgrade = 1,

    /// <summary>A consumer group becomes a classic one when its last member of the consumer protocol leaves.</summary>
    Downgrade = 2,

    Both = Upgrade | Downgrade,
}

/// <summary>What consumer groups go by; the names of the settings in Kafka's configuration stand beside them.</summary>
internal sealed record ConsumerGroupSettings
{
    /// <summary><c>group.consumer.session.timeout.ms</c>, <c>consumer.session.timeout.ms</c></summary>
    public SettingSpan SessionTimeoutMs { get; init; } = new(45_000, Min: 45_000, Max: 60_000);

    /// <summary><c>group.consumer.heartbeat.interval.ms</c>, <c>consumer.heartbeat.interval.ms</c></summary>
    public SettingSpan HeartbeatIntervalMs { get; init; } = new(5_000, Min: 5_000, Max: 15_000);

    /// <summary>
    /// <c>group.consumer.assignment.interval.ms</c>, <c>consumer.assignment.interval.ms</c>: how long an assignment stands at least.
    /// </summary>
    public SettingSpan AssignmentIntervalMs { get; init; } = new(1_000, Min: 0, Max: 15_000);

    /// <summary><c>group.consumer.assignors</c>; the first is taken where no member votes.</summary>
    public IReadOnlyList<string> Assignors { get; init; } = ["uniform", "range"];

    /// <summary><c>group.consumer.max.size</c></summary>
    public int MembersMax { get; init; } = int.MaxValue;

    /// <summary><c>group.consumer.migration.policy</c></summary>
    public GroupMigration Migration { get; init; } = GroupMigration.Both;

    /// <summary>With what was set for the group itself, within the bounds that the broker sets.</summary>
    public ConsumerGroupSettings Of(string groupId, ClusterImage image)
    {
        var own = image.ConfigOf(new ConfigResource(ConfigResourceType.Group, groupId));
        return own.IsEmpty ? this : this with
        {
            SessionTimeoutMs = SessionTimeoutMs.Or(own.GetValueOrDefault("consumer.session.timeout.ms")),
            HeartbeatIntervalMs = HeartbeatIntervalMs.Or(own.GetValueOrDefault("consumer.heartbeat.interval.ms")),
            AssignmentIntervalMs = AssignmentIntervalMs.Or(own.GetValueOrDefault("consumer.assignment.interval.ms")),
        };
    }
}
