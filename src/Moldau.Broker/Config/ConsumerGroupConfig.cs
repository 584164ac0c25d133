using Moldau.Coordination.Groups.Consumer;

namespace Moldau.Broker.Config;

/// <summary>The settings of consumer groups, group.consumer.*.</summary>
internal static class ConsumerGroupConfig
{
    public static ConsumerGroupSettings Read(ConfigLayers layers) => new()
    {
        SessionTimeoutMs = GroupSpan.Read(layers, "consumer", "session.timeout.ms"),
        HeartbeatIntervalMs = GroupSpan.Read(layers, "consumer", "heartbeat.interval.ms"),
        AssignmentIntervalMs = GroupSpan.Read(layers, "consumer", "assignment.interval.ms"),
        Assignors = Assignors(layers),
        MembersMax = layers.Int("group.consumer.max.size"),
        Migration = MigrationOf(layers.Text("group.consumer.migration.policy") ?? ""),
    };

    private static string[] Assignors(ConfigLayers layers)
    {
        const string Key = "group.consumer.assignors";
        string[] names = layers.List(Key);
        if (names.Length == 0) throw new ConfigException($"{Key} is empty: a consumer group needs an assignor.");
        if (Array.Find(names, name => !TargetAssignment.Exists(name)) is { } unknown)
            throw new ConfigException($"{Key} names '{unknown}', which is no assignor of Moldau's; there are uniform and range.");
        return names;
    }

    private static GroupMigration MigrationOf(string policy) => policy.ToUpperInvariant() switch
    {
        "UPGRADE" => GroupMigration.Upgrade,
        "DOWNGRADE" => GroupMigration.Downgrade,
        "DISABLED" => GroupMigration.None,
        _ => GroupMigration.Both,
    };
}
