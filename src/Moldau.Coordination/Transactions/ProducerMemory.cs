namespace Moldau.Coordination.Transactions;

/// <summary>The soft half of a shard's state: what has no place in the records, in Kafka neither.</summary>
internal sealed class ProducerMemory
{
    private readonly Dictionary<string, long> _timeouts = [];
    private readonly Dictionary<string, long> _markers = [];
    private long _lastMarkers;

    public LastEpochs LastEpochs { get; } = new();

    /// <summary>When the open transaction is aborted, on the clock of timers.</summary>
    public long? TimeoutAtMs(string transactionalId) => _timeouts.TryGetValue(transactionalId, out long atMs) ? atMs : null;

    public void ArmTimeout(string transactionalId, Transaction open, long atMs, Decision<CoordinatorRecord> decision)
    {
        if (!open.HasTimeout) return;
        _timeouts[transactionalId] = atMs;
        decision.Arm(new TimerKey(TimerKind.TransactionTimeout, transactionalId, ""), atMs);
    }

    public void CancelTimeout(string transactionalId, Decision<CoordinatorRecord> decision)
    {
        if (_timeouts.Remove(transactionalId)) decision.Cancel(new TimerKey(TimerKind.TransactionTimeout, transactionalId, ""));
    }

    /// <summary>The number of markers that are now begun for the id. What comes of those that were begun before counts no more.</summary>
    public long BeginMarkers(string transactionalId) => _markers[transactionalId] = ++_lastMarkers;

    /// <summary>Whether the markers are those that were begun last for the id, and nothing has been told of them yet.</summary>
    public bool TakeMarkers(WriteMarkers effect) =>
        _markers.GetValueOrDefault(effect.TransactionalId) == effect.Number && _markers.Remove(effect.TransactionalId);

    /// <summary>What is under way for the id counts no more, and must be begun anew.</summary>
    public void ForgetUnderWay(string transactionalId)
    {
        _markers.Remove(transactionalId);
        _timeouts.Remove(transactionalId);
    }

    public void Forget(string transactionalId)
    {
        ForgetUnderWay(transactionalId);
        LastEpochs.Forget(transactionalId);
    }
}
