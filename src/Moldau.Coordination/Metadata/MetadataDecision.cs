namespace Moldau.Coordination.Metadata;

/// <summary>
/// What is to be done about one request for a change of the cluster's metadata: records to append as one batch, and the answer, which is sent
/// when they are committed. Metadata has no timers, and each decision answers just the one who asked for it.
/// </summary>
internal sealed record MetadataDecision<TReply>(TReply Reply)
{
    public IReadOnlyList<MetadataRecord> Records { get; init; } = [];
}
