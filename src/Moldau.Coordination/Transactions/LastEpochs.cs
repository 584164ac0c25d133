namespace Moldau.Coordination.Transactions;

/// <summary>
/// The epoch before the present one, where the producer itself asked for the present one: whoever sends it repeats a request whose answer was
/// lost (KIP-360). Each is kept with the pair that follows it, and is true only while that pair is stored: what could not be stored is void
/// by itself, and what was true before still is.
/// </summary>
internal sealed class LastEpochs
{
    private readonly Dictionary<string, (Step Latest, Step? Before)> _steps = [];

    /// <summary>From an epoch to the pair that followed it.</summary>
    private readonly record struct Step(short From, TransactionalProducer To);

    /// <summary>Of how many ids something is known.</summary>
    public int Count => _steps.Count;

    public short Of(string transactionalId, Transaction stored) => StepTo(stored.Producer, transactionalId)?.From ?? Transaction.NoEpoch;

    /// <param name="transactionalId">Whose epoch it is.</param>
    /// <param name="epoch"><see cref="Transaction.NoEpoch"/> where nobody may go on with the epoch before.</param>
    /// <param name="stored">What is stored as yet, and stays if the next cannot be.</param>
    /// <param name="next">The pair from now on, as its producer is told it.</param>
    public void Set(string transactionalId, short epoch, Transaction? stored, TransactionalProducer next)
    {
        var before = stored is null ? null : StepTo(stored.Producer, transactionalId);
        bool saysNothing = epoch == Transaction.NoEpoch && (before?.From ?? Transaction.NoEpoch) == Transaction.NoEpoch;
        if (saysNothing) _steps.Remove(transactionalId);
        else _steps[transactionalId] = (new Step(epoch, next), before);
    }

    public void Forget(string transactionalId) => _steps.Remove(transactionalId);

    private Step? StepTo(TransactionalProducer producer, string transactionalId)
    {
        if (!_steps.TryGetValue(transactionalId, out var steps)) return null;
        if (steps.Latest.To == producer) return steps.Latest;
        return steps.Before is { } before && before.To == producer ? before : null;
    }
}
