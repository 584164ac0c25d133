using Moldau.Protocol.Records;

namespace Moldau.Log.Producers;

/// <summary>Where the states of producers come from in a log that ends at the offset.</summary>
internal sealed record LastProducers(long LogEndOffset, IReadOnlyDictionary<long, LastProduced> ById);

/// <summary>Where a producer's last state in the log comes from: its last batch of data, or else a marker of its epoch.</summary>
internal readonly record struct LastProduced(long? LastOffset, short Epoch)
{
    /// <summary>Whether the state would be lost with the batch.</summary>
    public bool StandsIn(in BatchHeader header) =>
        LastOffset is { } last ? header.LastOffset == last : header.IsControl && header.ProducerEpoch == Epoch;
}
