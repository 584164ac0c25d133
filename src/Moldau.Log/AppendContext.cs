namespace Moldau.Log;

/// <summary>What an append needs to know beside the batch.</summary>
internal readonly record struct AppendContext
{
    /// <summary>The partition's leader epoch, which is stamped into the batch.</summary>
    public required int LeaderEpoch { get; init; }

    public AppendOrigin Origin { get; init; }

    /// <summary>
    /// <see cref="Producers.ProducerTransaction.Ended"/> as it was when the coordinator said that the batch's transaction is open. A batch that would
    /// begin one is refused if one has ended since. Null where nobody was asked.
    /// </summary>
    public long? TransactionsEnded { get; init; }

    /// <summary>Whether a producer that is not known here must begin with its first sequence number, as its transaction just has.</summary>
    public bool MustBeginAtZero { get; init; }

    /// <summary>Whether a marker must raise its producer's epoch, since the end of each transaction does.</summary>
    public bool MarkerRaisesEpoch { get; init; }
}

/// <summary>Who appends.</summary>
internal enum AppendOrigin
{
    /// <summary>A producer: its epoch and sequence are checked.</summary>
    Client,

    /// <summary>
    /// The broker's own coordinators and the metadata log. Markers of transactions raise a producer's epoch; sequences are not
    /// checked.
    /// </summary>
    Coordinator,
}
