namespace Moldau.Broker.Config;

/// <summary>A default that differs from Kafka's, and why.</summary>
internal sealed record OneNodeDefault(string Key, string Value, string Reason);

/// <summary>The defaults that are Moldau's own: the few of Kafka's that a single node cannot keep, or need not.</summary>
internal static class OneNodeDefaults
{
    private const string OneReplica = "One node holds one replica.";
    private const string FewShards = "A coordinator's partitions spread over brokers; on one node a few are enough, and quicker to start.";

    private const string ManyFiles = "A connection takes a file descriptor, and so do the logs, whose files must not be kept from opening by clients.";
    private const string SystemSizes = "Operating systems size these buffers by need, and better than a fixed number does.";
    private const string NoFleet = "Kafka waits for a fleet of members; here the first reads at once, and later ones cause a rebalance.";

    public static readonly IReadOnlyList<OneNodeDefault> All =
    [
        new("node.id", "1", "There is one node, so its id need not be chosen."),
        new("process.roles", "broker,controller", "One process is both."),
        new("controller.listener.names", "", "The controller is in the same process and needs no listener."),
        new("listeners", "PLAINTEXT://127.0.0.1:9092", "Nothing is open beyond this machine unless asked for, and then with TLS and SASL."),
        new("log.dir", "", "Kafka's is below /tmp, which a restart of the machine empties. Without a directory everything is in memory."),
        new("offsets.topic.replication.factor", "1", OneReplica),
        new("transaction.state.log.replication.factor", "1", OneReplica),
        new("transaction.state.log.min.isr", "1", OneReplica),
        new("share.coordinator.state.topic.replication.factor", "1", OneReplica),
        new("share.coordinator.state.topic.min.isr", "1", OneReplica),
        new("offsets.topic.num.partitions", "4", FewShards),
        new("transaction.state.log.num.partitions", "4", FewShards),
        new("share.coordinator.state.topic.num.partitions", "4", FewShards),
        new("group.initial.rebalance.delay.ms", "0", NoFleet),
        new("max.connections", "10000", ManyFiles),
        new("socket.send.buffer.bytes", "-1", SystemSizes),
        new("socket.receive.buffer.bytes", "-1", SystemSizes),
        new("sasl.server.max.receive.size", "16384", "A connection that has not logged in may hold no more."),
        new("sasl.enabled.mechanisms", "SCRAM-SHA-256,SCRAM-SHA-512,PLAIN", "Kafka's GSSAPI needs a Kerberos server."),
    ];

    private static readonly Dictionary<string, OneNodeDefault> ByKey = All.ToDictionary(own => own.Key, StringComparer.Ordinal);

    public static OneNodeDefault? Find(ConfigKey key) => key.Scope == ConfigScope.Broker ? ByKey.GetValueOrDefault(key.Name) : null;
}
