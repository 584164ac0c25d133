using Moldau.Coordination.Groups.Consumer;

namespace Moldau.Broker.Config;

/// <summary>The settings of consumer groups, group.consumer.*.</summary>
internal static class ConsumerGroupConfig
{
    public static ConsumerGroupSettings Read(ConfigLayers layers) => new()
    {
        SessionTimeoutMs = GroupSpan.Read(layers, "consumer.session.timeout.ms"),
        HeartbeatIntervalMs = GroupSpan.Read(layers, "consumer.heartbeat.interval.ms"),
        AssignmentIntervalMs = GroupSpan.Read(layers, "consumer.assignment.interval.ms"),
        Assignors = [.. layers.List("group.consumer.assignors").Select(AssignorOf).Distinct()],
        MembersMax = layers.Int("group.consumer.max.size"),
        Migration = MigrationOf(layers.Text("group.consumer.migration.policy") ?? ""),
    };

    /// <summary>Older Kafka knew its own assignors by their classes, and files still name them so.</summary>
    private static string AssignorOf(string name) => name switch
    {
        "org.apache.kafka.coordinator.group.assignor.UniformAssignor" => "uniform",
        "org.apache.kafka.coordinator.group.assignor.RangeAssignor" => "range",
        _ => name,
    };

    private static GroupMigration MigrationOf(string policy) => policy.ToUpperInvariant() switch
    {
        "UPGRADE" => GroupMigration.Upgrade,
        "DOWNGRADE" => GroupMigration.Downgrade,
        "DISABLED" => GroupMigration.None,
        _ => GroupMigration.Both,
    };
}
