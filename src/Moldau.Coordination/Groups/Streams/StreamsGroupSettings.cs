using System.Globalization;
using Moldau.Coordination.Metadata;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>What streams groups go by; the names of the settings in Kafka's configuration stand beside them.</summary>
internal sealed record StreamsGroupSettings
{
    /// <summary><c>group.streams.session.timeout.ms</c>, <c>streams.session.timeout.ms</c></summary>
    public SettingSpan SessionTimeoutMs { get; init; } = new(45_000, Min: 45_000, Max: 60_000);

    /// <summary><c>group.streams.heartbeat.interval.ms</c>, <c>streams.heartbeat.interval.ms</c></summary>
    public SettingSpan HeartbeatIntervalMs { get; init; } = new(5_000, Min: 5_000, Max: 15_000);

    /// <summary>
    /// <c>group.streams.assignment.interval.ms</c>, <c>streams.assignment.interval.ms</c>: how long an assignment stands at least.
    /// </summary>
    public SettingSpan AssignmentIntervalMs { get; init; } = new(1_000, Min: 0, Max: 15_000);

    /// <summary>
    /// <c>group.streams.initial.rebalance.delay.ms</c>, <c>streams.initial.rebalance.delay.ms</c>: how long the first members of an empty
    /// group wait for more of them.
    /// </summary>
    public SettingSpan InitialDelayMs { get; init; } = new(3_000, Min: 0, Max: int.MaxValue);

    /// <summary><c>group.streams.num.standby.replicas</c>, <c>streams.num.standby.replicas</c></summary>
    public SettingSpan StandbyReplicas { get; init; } = new(0, Min: 0, Max: 2);

    /// <summary><c>group.streams.task.offset.interval.ms</c>, <c>streams.task.offset.interval.ms</c>: how often members tell their offsets.</summary>
    public SettingSpan TaskOffsetIntervalMs { get; init; } = new(60_000, Min: 15_000, Max: int.MaxValue);

    /// <summary>
    /// <c>group.streams.acceptable.recovery.lag</c>, <c>streams.acceptable.recovery.lag</c>: members are told it.
    /// </summary>
    public long AcceptableRecoveryLag { get; init; } = 10_000;

    /// <summary>
    /// <c>group.streams.rack.aware.assignment.tags</c>, <c>streams.rack.aware.assignment.tags</c>: by which tags of members the copies of a
    /// task are kept apart, the most important first.
    /// </summary>
    public IReadOnlyList<string> RackTags { get; init; } = [];

    /// <summary><c>group.streams.max.size</c></summary>
    public int MembersMax { get; init; } = int.MaxValue;

    /// <summary>With what was set for the group itself, within the bounds that the broker sets.</summary>
    public StreamsGroupSettings Of(string groupId, ClusterImage image)
    {
        var own = image.ConfigOf(new ConfigResource(ConfigResourceType.Group, groupId));
        return own.IsEmpty ? this : this with
        {
            SessionTimeoutMs = SessionTimeoutMs.Or(own.GetValueOrDefault("streams.session.timeout.ms")),
            HeartbeatIntervalMs = HeartbeatIntervalMs.Or(own.GetValueOrDefault("streams.heartbeat.interval.ms")),
            AssignmentIntervalMs = AssignmentIntervalMs.Or(own.GetValueOrDefault("streams.assignment.interval.ms")),
            InitialDelayMs = InitialDelayMs.Or(own.GetValueOrDefault("streams.initial.rebalance.delay.ms")),
            StandbyReplicas = StandbyReplicas.Or(own.GetValueOrDefault("streams.num.standby.replicas")),
            TaskOffsetIntervalMs = TaskOffsetIntervalMs.Or(own.GetValueOrDefault("streams.task.offset.interval.ms")),
            AcceptableRecoveryLag = LagOr(own.GetValueOrDefault("streams.acceptable.recovery.lag")),
            RackTags = own.TryGetValue("streams.rack.aware.assignment.tags", out string? tags) ? Elements(tags) : RackTags,
        };
    }

    /// <summary>
    /// What assignments are made by. It is stored with the group's epoch, so that a change makes another; Kafka's names for it are
    /// these.
    /// </summary>
    public IReadOnlyList<(string Key, string Value)> OfAssignment()
    {
        var settings = new List<(string, string)> { ("num.standby.replicas", StandbyReplicas.Value.ToString(CultureInfo.InvariantCulture)) };
        if (RackTags.Count > 0) settings.Add(("rack.aware.assignment.tags", string.Join(',', RackTags)));
        return settings;
    }

    private long LagOr(string? own) =>
        long.TryParse(own, NumberStyles.Integer, CultureInfo.InvariantCulture, out long lag) && lag >= 0 ? lag : AcceptableRecoveryLag;

    private static string[] Elements(string list) => list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
