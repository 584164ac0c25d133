using System.Globalization;
using System.Text;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Handover;

/// <summary>The text of a <c>server.properties</c> with which Apache Kafka runs on a directory as one node.</summary>
internal static class ServerProperties
{
    private const string LogDirsKey = "log.dirs";

    /// <summary>Kafka's setting of how many partitions an internal topic gets, beside the topic's name.</summary>
    private static readonly (string Topic, string Key)[] InternalTopics =
    [
        (TopicNames.ConsumerOffsets, "offsets.topic"),
        (TopicNames.TransactionState, "transaction.state.log"),
        (TopicNames.ShareGroupState, "share.coordinator.state.topic"),
    ];

    public static string Of(string logDirectory, CheckedIdentity identity, MetadataView view)
    {
        var text = new StringBuilder();
        Write(text, "# Apache Kafka 4.4 on a directory that Moldau wrote: one node, clients of this machine without login.");
        Write(text, $"node.id={identity.NodeId}");
        Write(text, "process.roles=broker,controller");
        Write(text, "listeners=PLAINTEXT://127.0.0.1:9092,CONTROLLER://127.0.0.1:9093");
        Write(text, "advertised.listeners=PLAINTEXT://localhost:9092");
        Write(text, "inter.broker.listener.name=PLAINTEXT");
        Write(text, "controller.listener.names=CONTROLLER");
        Write(text, "listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL");
        Write(text, view.KRaftVersion > 0
            ? "controller.quorum.bootstrap.servers=localhost:9093"
            : $"controller.quorum.voters={identity.NodeId}@localhost:9093");
        Write(text, $"{LogDirsKey}={Escape(logDirectory)}");
        Write(text, "# One node has one replica of each internal topic, too.");
        foreach (var (topic, key) in InternalTopics) WriteInternalTopic(text, key, view, topic);
        Write(text, "transaction.state.log.min.isr=1");
        Write(text, "share.coordinator.state.topic.min.isr=1");
        if (view.ScramUsers.Count > 0) WriteLogin(text);
        if (view.HasAcls) WriteAuthorizer(text);
        Write(text, "# What your file for Moldau sets beside this (retention, limits, an authorizer) goes here as it stands there; moldau.* does not.");
        return text.ToString();
    }

    private static void WriteInternalTopic(StringBuilder text, string key, MetadataView view, string topic)
    {
        Write(text, $"{key}.replication.factor=1");
        // For a topic that is there its own number counts; saying it keeps the two from contradicting each other.
        if (view.TopicIds.TryGetValue(topic, out var id)) Write(text, $"{key}.num.partitions={view.Topics[id].Partitions.Count}");
    }

    private static void WriteLogin(StringBuilder text)
    {
        Write(text, "# The directory holds users. For a listener with login, give Kafka a key and certificate and take these in:");
        Write(text, "#listeners=PLAINTEXT://127.0.0.1:9092,SASL_SSL://:9094,CONTROLLER://127.0.0.1:9093");
        Write(text, "#advertised.listeners=PLAINTEXT://localhost:9092,SASL_SSL://HOST:9094");
        Write(text, "#sasl.enabled.mechanisms=SCRAM-SHA-256,SCRAM-SHA-512");
        Write(text, "#listener.name.sasl_ssl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;");
        Write(text, "#listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;");
        Write(text, "# Their passwords count for SCRAM only: PLAIN in Kafka knows no users but the user_NAME entries of a line for PlainLoginModule.");
        Write(text, "# Clients with a librdkafka before 2.6.1 cannot log in with SCRAM: Kafka 4 refuses their nonce.");
        Write(text, "#ssl.keystore.type=PEM");
        Write(text, "#ssl.keystore.location=FILE_WITH_KEY_AND_CERTIFICATES.pem");
    }

    private static void WriteAuthorizer(StringBuilder text)
    {
        Write(text, "# The directory holds ACLs, which Kafka enforces with an authorizer only; without super users it may lock itself out.");
        Write(text, "#authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer");
        Write(text, "#super.users=User:ANONYMOUS");
    }

    /// <summary>In Java's properties a backslash escapes.</summary>
    private static string Escape(string path) => path.Replace("\\", "\\\\", StringComparison.Ordinal);

    private static void Write(StringBuilder text, string line) => text.Append(CultureInfo.InvariantCulture, $"{line}\n");
}
