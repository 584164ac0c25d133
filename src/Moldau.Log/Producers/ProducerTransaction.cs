namespace Moldau.Log.Producers;

/// <summary>Where a producer stands with its transactions in one partition, as it was at one moment.</summary>
internal readonly record struct ProducerTransaction
{
    /// <summary>-1 for a producer that is not known.</summary>
    public required short Epoch { get; init; }

    /// <summary>That of the latest marker; -1 if there is none.</summary>
    public required int CoordinatorEpoch { get; init; }

    public required bool IsOpen { get; init; }

    /// <summary>How many have ended since the log was opened, or the producer came to be known.</summary>
    public required long Ended { get; init; }

    public bool IsOpenUnder(short epoch) => IsOpen && Epoch == epoch;
}
