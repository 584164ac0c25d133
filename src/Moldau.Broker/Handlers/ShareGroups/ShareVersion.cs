using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Handlers.ShareGroups;

/// <summary>The cluster's level of the feature <c>share.version</c>; at 0 it has no share groups.</summary>
internal sealed class ShareVersion(MetadataHost metadata)
{
    public bool HasShareGroups => metadata.Image.Features.GetValueOrDefault(Features.ShareVersion) > 0;
}
