using System.Collections.Immutable;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>
/// The records that say all of an image, in an order in which they can be applied to an empty one. Equal images give equal records.
/// </summary>
internal static class ClusterSnapshot
{
    public static IEnumerable<MetadataRecord> Records(ClusterImage image)
    {
        // What a transaction has done so far does not hold yet.
        image = image.BeforeTransaction ?? image;
        return
        [
            .. FeatureLevels(image),
            .. image.Brokers.Values.Select(Registration),
            .. image.Controllers.Values.Select(MetadataRecord.Of),
            .. image.Topics.ByName.Values.OrderBy(topic => topic.Name, StringComparer.Ordinal).SelectMany(Topic),
            .. Configs(image),
            .. image.Quotas.Values.Select(MetadataRecord.Of),
            .. image.ProducerIds is { } ids ? [MetadataRecord.Of(ids)] : Array.Empty<MetadataRecord>(),
            .. image.Acls.Values.OrderBy(acl => acl.Id).Select(MetadataRecord.Of),
            .. image.ScramCredentials.Values.Select(MetadataRecord.Of),
            .. image.DelegationTokens.Values.Select(MetadataRecord.Of),
        ];
    }

    /// <summary>The metadata version comes first: it says how the rest is to be read.</summary>
    private static IEnumerable<MetadataRecord> FeatureLevels(ClusterImage image) =>
        image.Features.OrderBy(feature => feature.Key == Features.MetadataVersion ? 0 : 1)
            .Select(feature => MetadataRecord.Of(new FeatureLevelRecord { Name = feature.Key, FeatureLevel = feature.Value }));

    private static MetadataRecord Registration(BrokerImage broker) => MetadataRecord.Of(new RegisterBrokerRecord
    {
        BrokerId = broker.Id,
        IncarnationId = broker.IncarnationId,
        BrokerEpoch = broker.Epoch,
        EndPoints = broker.Endpoints,
        Features = broker.Features,
        Rack = broker.Rack,
        Fenced = broker.Fenced,
        InControlledShutdown = broker.InControlledShutdown,
        LogDirs = [.. broker.LogDirs],
        CordonedLogDirs = broker.CordonedLogDirs is { } cordoned ? [.. cordoned] : null,
    });

    private static IEnumerable<MetadataRecord> Topic(TopicImage topic)
    {
        yield return MetadataRecord.Of(new TopicRecord { Name = topic.Name, TopicId = topic.Id });
        foreach (var partition in topic.Partitions) yield return Partition(topic.Id, partition);
    }

    private static MetadataRecord Partition(Guid topicId, PartitionImage partition) => MetadataRecord.Of(new PartitionRecord
    {
        PartitionId = partition.Index,
        TopicId = topicId,
        Replicas = [.. partition.Replicas],
        Isr = [.. partition.Isr],
        RemovingReplicas = [.. partition.RemovingReplicas],
        AddingReplicas = [.. partition.AddingReplicas],
        Leader = partition.Leader,
        LeaderRecoveryState = partition.LeaderRecoveryState,
        LeaderEpoch = partition.LeaderEpoch,
        PartitionEpoch = partition.PartitionEpoch,
        Directories = [.. partition.Directories],
        EligibleLeaderReplicas = OrNull(partition.EligibleLeaderReplicas),
        LastKnownElr = OrNull(partition.LastKnownElr),
    });

    private static IEnumerable<MetadataRecord> Configs(ClusterImage image) =>
        from resource in image.Configs
        orderby resource.Key.Type, resource.Key.Name
        from setting in resource.Value
        select MetadataRecord.Of(new ConfigRecord
        {
            ResourceType = (sbyte)resource.Key.Type,
            ResourceName = resource.Key.Name,
            Name = setting.Key,
            Value = setting.Value,
        });

    private static List<int>? OrNull(ImmutableArray<int> replicas) => replicas.IsEmpty ? null : [.. replicas];
}
