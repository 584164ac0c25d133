using Moldau.Coordination.Groups.Streams;

namespace Moldau.Broker.Config;

/// <summary>The settings of streams groups, group.streams.*.</summary>
internal static class StreamsGroupConfig
{
    public static StreamsGroupSettings Read(ConfigLayers layers) => new()
    {
        SessionTimeoutMs = GroupSpan.Read(layers, "streams.session.timeout.ms"),
        HeartbeatIntervalMs = GroupSpan.Read(layers, "streams.heartbeat.interval.ms"),
        AssignmentIntervalMs = GroupSpan.Read(layers, "streams.assignment.interval.ms"),
        InitialDelayMs = GroupSpan.Read(layers, "streams.initial.rebalance.delay.ms"),
        StandbyReplicas = GroupSpan.Read(layers, "streams.num.standby.replicas"),
        TaskOffsetIntervalMs = GroupSpan.Read(layers, "streams.task.offset.interval.ms"),
        AcceptableRecoveryLag = layers.Long("group.streams.acceptable.recovery.lag"),
        RackTags = layers.List("group.streams.rack.aware.assignment.tags"),
        MembersMax = layers.Int("group.streams.max.size"),
    };

    /// <summary>By their names, also where a file names one by Kafka's class.</summary>
    public static string[] Assignors(ConfigLayers layers) => [.. layers.List("group.streams.assignors").Select(AssignorOf).Distinct()];

    private static string AssignorOf(string name) =>
        name == "org.apache.kafka.coordinator.group.streams.assignor.StickyTaskAssignor" ? "sticky" : name;
}
