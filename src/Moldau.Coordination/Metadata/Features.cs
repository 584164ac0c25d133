namespace Moldau.Coordination.Metadata;

/// <summary>A feature that nodes agree on: the range that this broker supports, and the level that a new cluster gets.</summary>
internal readonly record struct Feature(string Name, short Min, short Max, short Level);

/// <summary>
/// The features of Kafka 4.4. Clients choose their protocols by the levels, so a new cluster has those that Kafka would give it.
/// </summary>
internal static class Features
{
    public const string MetadataVersion = "metadata.version";
    public const string KRaftVersion = "kraft.version";
    public const string TransactionVersion = "transaction.version";
    public const string GroupVersion = "group.version";
    public const string ShareVersion = "share.version";
    public const string StreamsVersion = "streams.version";

    /// <summary>4.4-IV2: decides the version of every record in the metadata log.</summary>
    public const short MetadataVersionLevel = 33;

    public const short KRaftVersionLevel = 1;

    /// <summary>
    /// In the order in which a new cluster's log names them. The KRaft version is not among a log's features: a control record says it.
    /// </summary>
    public static readonly Feature[] Supported =
    [
        new(MetadataVersion, 7, MetadataVersionLevel, MetadataVersionLevel),
        new("eligible.leader.replicas.version", 0, 1, 1),
        new(GroupVersion, 0, 1, 1),
        new(ShareVersion, 0, 2, 2),
        new(StreamsVersion, 0, 1, 1),
        new(TransactionVersion, 0, 2, 2),
        new(KRaftVersion, 0, KRaftVersionLevel, KRaftVersionLevel),
    ];
}
