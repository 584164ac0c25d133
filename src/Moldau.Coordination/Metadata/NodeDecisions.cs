using System.Collections.Immutable;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>What one node tells the cluster of itself when it starts.</summary>
internal sealed record NodeRegistration
{
    public required int NodeId { get; init; }

    /// <summary>Tells this run of the process from every other.</summary>
    public required Guid IncarnationId { get; init; }

    public required Guid LogDirectoryId { get; init; }

    public required ImmutableArray<NodeEndpoint> Endpoints { get; init; }

    public required NodeEndpoint ControllerEndpoint { get; init; }

    public string? Rack { get; init; }
}

/// <summary>An address under which a node can be reached; the security protocol by Kafka's code.</summary>
internal readonly record struct NodeEndpoint(string Name, string Host, ushort Port, short SecurityProtocol);

/// <summary>
/// The records of a node's life: the first start of its cluster, each start, and the clean stop. On one node they are nobody else's to
/// decide.
/// </summary>
internal static class NodeDecisions
{
    private const sbyte True = 1;
    private const sbyte False = -1;

    /// <summary>The metadata version and the other features of a new cluster, and its first users.</summary>
    public static IReadOnlyList<MetadataRecord> Bootstrap(IEnumerable<UserScramCredentialRecord> users) =>
    [
        .. Features.Supported.Where(feature => feature.Name != Features.KRaftVersion)
            .Select(feature => MetadataRecord.Of(new FeatureLevelRecord { Name = feature.Name, FeatureLevel = feature.Level })),
        .. users.Select(MetadataRecord.Of),
    ];

    /// <summary>The first batch of a new cluster's log, a metadata transaction of its own.</summary>
    public static IReadOnlyList<MetadataRecord> FirstStart(IReadOnlyList<MetadataRecord> bootstrap) =>
    [
        MetadataRecord.Of(new BeginTransactionRecord { Name = "Bootstrap records" }),
        .. bootstrap,
        // With eligible leader replicas the cluster-wide setting always exists, so that a change of it reaches every topic.
        MetadataRecord.Of(new ConfigRecord
        {
            ResourceType = (sbyte)ConfigResourceType.Broker,
            ResourceName = ConfigResource.AllBrokers.Name,
            Name = TopicCreation.MinInSyncReplicas,
            Value = "1",
        }),
        MetadataRecord.Of(new EndTransactionRecord()),
    ];

    /// <summary>What a log whose last writer died within a metadata transaction needs before anything else.</summary>
    public static IReadOnlyList<MetadataRecord> AbortOpenTransaction(ClusterImage image) =>
        image.BeforeTransaction is null ? [] : [MetadataRecord.Of(new AbortTransactionRecord { Reason = "The controller has started again." })];

    public static IReadOnlyList<MetadataRecord> RegisterController(NodeRegistration node) =>
    [
        MetadataRecord.Of(new RegisterControllerRecord
        {
            ControllerId = node.NodeId,
            IncarnationId = node.IncarnationId,
            EndPoints = [new()
            {
                Name = node.ControllerEndpoint.Name,
                Host = node.ControllerEndpoint.Host,
                Port = node.ControllerEndpoint.Port,
                SecurityProtocol = node.ControllerEndpoint.SecurityProtocol,
            }],
            Features = [.. Features.Supported.Select(feature => new RegisterControllerRecord.ControllerFeature
            {
                Name = feature.Name,
                MinSupportedVersion = feature.Min,
                MaxSupportedVersion = feature.Max,
            })],
        }),
    ];

    /// <summary>Registers the broker, fenced. Its epoch is the offset at which this record is appended.</summary>
    public static IReadOnlyList<MetadataRecord> RegisterBroker(NodeRegistration node, long offset) =>
    [
        MetadataRecord.Of(new RegisterBrokerRecord
        {
            BrokerId = node.NodeId,
            IncarnationId = node.IncarnationId,
            BrokerEpoch = offset,
            EndPoints = [.. node.Endpoints.Select(endpoint => new RegisterBrokerRecord.BrokerEndpoint
            {
                Name = endpoint.Name,
                Host = endpoint.Host,
                Port = endpoint.Port,
                SecurityProtocol = endpoint.SecurityProtocol,
            })],
            Features = [.. Features.Supported.Select(feature => new RegisterBrokerRecord.BrokerFeature
            {
                Name = feature.Name,
                MinSupportedVersion = feature.Min,
                MaxSupportedVersion = feature.Max,
            })],
            Rack = node.Rack,
            Fenced = true,
            LogDirs = [node.LogDirectoryId],
        }),
    ];

    public static IReadOnlyList<MetadataRecord> ReportNoCordonedLogDirs(BrokerImage broker) =>
    [
        MetadataRecord.Of(new BrokerRegistrationChangeRecord { BrokerId = broker.Id, BrokerEpoch = broker.Epoch, CordonedLogDirs = [] }),
    ];

    /// <summary>
    /// Unfences the broker and elects it where a partition has no leader. Where it leads still, the epoch rises only if recovery has cut
    /// the log, so that clients who have read beyond the cut can tell.
    /// </summary>
    public static IReadOnlyList<MetadataRecord> Unfence(
        ClusterImage image, BrokerImage broker, IReadOnlySet<(string Topic, int Partition)> truncated) =>
    [
        MetadataRecord.Of(new BrokerRegistrationChangeRecord { BrokerId = broker.Id, BrokerEpoch = broker.Epoch, Fenced = False }),
        .. from topic in image.Topics.ById.Values
           from partition in topic.Partitions
           where partition.Replicas.Contains(broker.Id)
           where partition.Leader == PartitionImage.NoLeader || truncated.Contains((topic.Name, partition.Index))
           select MetadataRecord.Of(new PartitionChangeRecord
           {
               PartitionId = partition.Index,
               TopicId = topic.Id,
               Isr = [broker.Id],
               Leader = broker.Id,
               EligibleLeaderReplicas = partition.EligibleLeaderReplicas.IsEmpty ? null : [],
               LastKnownElr = partition.LastKnownElr.IsEmpty ? null : [],
           }),
    ];

    /// <summary>
    /// A clean stop gives up leadership in good order: the broker leaves each ISR as an eligible leader, so the next start elects it
    /// without loss.
    /// </summary>
    public static IReadOnlyList<MetadataRecord> BeginControlledShutdown(ClusterImage image, BrokerImage broker) =>
    [
        MetadataRecord.Of(new BrokerRegistrationChangeRecord { BrokerId = broker.Id, BrokerEpoch = broker.Epoch, InControlledShutdown = True }),
        .. from topic in image.Topics.ById.Values
           from partition in topic.Partitions
           where partition.Leader == broker.Id
           select MetadataRecord.Of(new PartitionChangeRecord
           {
               PartitionId = partition.Index,
               TopicId = topic.Id,
               Isr = [],
               Leader = PartitionImage.NoLeader,
               EligibleLeaderReplicas = [broker.Id],
               LastKnownElr = [broker.Id],
           }),
    ];

    public static IReadOnlyList<MetadataRecord> EndControlledShutdown(BrokerImage broker) =>
    [
        MetadataRecord.Of(new BrokerRegistrationChangeRecord { BrokerId = broker.Id, BrokerEpoch = broker.Epoch, Fenced = True }),
    ];
}
