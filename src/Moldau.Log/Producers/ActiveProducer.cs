namespace Moldau.Log.Producers;

/// <summary>What a partition remembers of a producer, as it was at one moment. -1 stands for what there is not.</summary>
internal readonly record struct ActiveProducer
{
    public required long ProducerId { get; init; }

    public required short Epoch { get; init; }

    public required int LastSequence { get; init; }

    public required long LastTimestampMs { get; init; }

    public required int CoordinatorEpoch { get; init; }

    /// <summary>The first offset of the open transaction.</summary>
    public required long TransactionFirstOffset { get; init; }
}
