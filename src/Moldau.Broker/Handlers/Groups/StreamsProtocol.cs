using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>Streams groups are an agreed feature of a cluster, which one that was made by an older Kafka may not have yet.</summary>
internal static class StreamsProtocol
{
    public static readonly Refusal Off = new(
        ErrorCode.UnsupportedVersion,
        $"The cluster's feature {Features.StreamsVersion} is at level 0, so there are no streams groups: use the classic protocol, or raise it.");

    public static bool IsOn(ClusterImage image) => image.Features.GetValueOrDefault(Features.StreamsVersion) > 0;
}
