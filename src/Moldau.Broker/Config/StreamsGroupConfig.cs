using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Streams;

namespace Moldau.Broker.Config;

/// <summary>The settings of streams groups, group.streams.*.</summary>
internal static class StreamsGroupConfig
{
    public static StreamsGroupSettings Read(ConfigLayers layers) => new()
    {
        SessionTimeoutMs = GroupSpan.Read(layers, "streams", "session.timeout.ms"),
        HeartbeatIntervalMs = GroupSpan.Read(layers, "streams", "heartbeat.interval.ms"),
        AssignmentIntervalMs = GroupSpan.Read(layers, "streams", "assignment.interval.ms"),
        InitialDelayMs = new SettingSpan(layers.Int("group.streams.initial.rebalance.delay.ms"), Min: 0, Max: int.MaxValue),
        StandbyReplicas = new SettingSpan(
            layers.Int("group.streams.num.standby.replicas"), Min: 0, layers.Int("group.streams.max.standby.replicas")),
        TaskOffsetIntervalMs = new SettingSpan(
            layers.Int("group.streams.task.offset.interval.ms"), layers.Int("group.streams.min.task.offset.interval.ms"), Max: int.MaxValue),
        AcceptableRecoveryLag = layers.Long("group.streams.acceptable.recovery.lag"),
        RackTags = layers.List("group.streams.rack.aware.assignment.tags"),
        MembersMax = layers.Int("group.streams.max.size"),
    };

    /// <summary>By their names, also where a file names one by Kafka's class.</summary>
    public static string[] Assignors(ConfigLayers layers) => [.. layers.List("group.streams.assignors").Select(AssignorOf).Distinct()];

    private static string AssignorOf(string name) =>
        name == "org.apache.kafka.coordinator.group.streams.assignor.StickyTaskAssignor" ? "sticky" : name;
}
