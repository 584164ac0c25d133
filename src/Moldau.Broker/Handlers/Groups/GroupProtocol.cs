using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>A protocol of groups that is there as soon as a feature of the cluster is. A directory of an older Kafka may not have it.</summary>
internal sealed class GroupProtocol(string feature, string groups, string instead = "")
{
    public static readonly GroupProtocol Consumer = new(Features.GroupVersion, "groups of the consumer protocol", "use the classic protocol, or ");

    public static readonly GroupProtocol Streams = new(Features.StreamsVersion, "streams groups", "use the classic protocol, or ");

    public static readonly GroupProtocol Share = new(Features.ShareVersion, "share groups");

    public Refusal Off { get; } = new(
        ErrorCode.UnsupportedVersion,
        $"The cluster's feature {feature} is at level 0, so there are no {groups}: {instead}raise it.");

    public bool IsOn(ClusterImage image) => image.Features.GetValueOrDefault(feature) > 0;
}
