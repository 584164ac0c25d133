using Moldau.Conformance.Clients;

namespace Moldau.Conformance.Kills;

/// <summary>A client as a member of one kind of group, which writes what it reads and says how far it is.</summary>
/// <param name="IsExactlyOnce">It writes in transactions by which a member is fenced that the group has given up; the others write first and commit then.</param>
internal sealed record WorkingKind(string Name, ClientProgram Program, string[] Action, bool IsExactlyOnce = true)
{
    public static readonly WorkingKind[] All =
    [
        new("Confluent.Kafka, consumer protocol", ClientProgram.ConfluentKafkaMember, ["work", ConfluentMember.ByConsumerProtocol]),
        new("Confluent.Kafka, consumer protocol, static", ClientProgram.ConfluentKafkaMember, ["work", ConfluentMember.ByConsumerProtocol + ConfluentMember.Static]),
        new("Confluent.Kafka, cooperative", ClientProgram.ConfluentKafkaMember, ["work", ConfluentMember.Cooperative]),
        new("Confluent.Kafka, eager, static", ClientProgram.ConfluentKafkaMember, ["work", ConfluentMember.Eager + ConfluentMember.Static]),
        new("confluent-kafka for Python, eager", ClientProgram.PythonConfluentKafkaMember, ["work"]),
        new("kafkajs", ClientProgram.KafkajsMember, ["work"]),
        new("@platformatic/kafka, classic protocol", ClientProgram.PlatformaticMember, ["work", "classic"]),
        new("@platformatic/kafka, consumer protocol", ClientProgram.PlatformaticMember, ["work", "consumer"], IsExactlyOnce: false),
        new("kafka-python", ClientProgram.PythonKafkaMember, ["work"], IsExactlyOnce: false),
    ];

    /// <summary>What a member says on its way, before the number of records that count now.</summary>
    public string[] Stages => IsExactlyOnce ? ["read", "written", "sent"] : ["read", "written"];

    public override string ToString() => Name;
}
