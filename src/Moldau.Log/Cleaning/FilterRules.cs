using Moldau.Log.Producers;

namespace Moldau.Log.Cleaning;

/// <summary>What a pass keeps and what it drops.</summary>
internal sealed record FilterRules
{
    public required OffsetMap Map { get; init; }

    /// <summary>Where the pass began, which is one instant for all that it decides.</summary>
    public required long NowMs { get; init; }

    /// <summary>delete.retention.ms</summary>
    public required long DeleteRetentionMs { get; init; }

    /// <summary>The end of what may be cleaned. The batch that ends there stays, if empty, so that the last offset stays known.</summary>
    public required long FirstUncleanableOffset { get; init; }

    /// <summary>Of each producer that may still write: its last batch stays, if empty, since it holds the last sequence.</summary>
    public required IReadOnlyDictionary<long, LastProduced> ActiveProducers { get; init; }

    public required long DecompressedBytesMax { get; init; }
}
