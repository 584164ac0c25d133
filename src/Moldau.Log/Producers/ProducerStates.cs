using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log.Producers;

/// <summary>
/// The producers that a partition knows, and its open transactions. Guarded by the partition's lock. Checking changes
/// nothing; <see cref="Update"/> is also how recovery rebuilds the state from the batches.
/// </summary>
internal sealed class ProducerStates(long expirationMs)
{
    private readonly Dictionary<long, ProducerState> _producers = [];

    public IReadOnlyCollection<ProducerState> All => _producers.Values;

    /// <summary>First offsets of the transactions that are open.</summary>
    public IEnumerable<long> OpenTransactions =>
        _producers.Values.Where(producer => producer.TransactionFirstOffset >= 0).Select(producer => producer.TransactionFirstOffset);

    public ProducerState? Find(long producerId, long nowMs)
    {
        if (!_producers.TryGetValue(producerId, out var producer)) return null;
        return IsExpired(producer, nowMs) ? null : producer;
    }

    /// <summary>Where in the log the state of each producer comes from that may still write.</summary>
    public Dictionary<long, LastProduced> LastProduced(long nowMs) => _producers.Values.Where(producer => !IsExpired(producer, nowMs))
        .ToDictionary(producer => producer.ProducerId, producer => new LastProduced(producer.LastBatch?.LastOffset, producer.Epoch));

    /// <summary>Those that are not expired, in the order of ids.</summary>
    public IReadOnlyList<ActiveProducer> Active(long nowMs) =>
    [
        .. from producer in _producers.Values
           where !IsExpired(producer, nowMs)
           orderby producer.ProducerId
           select new ActiveProducer
           {
               ProducerId = producer.ProducerId,
               Epoch = producer.Epoch,
               LastSequence = producer.LastSequence,
               LastTimestampMs = producer.LastTimestampMs,
               CoordinatorEpoch = producer.CoordinatorEpoch,
               TransactionFirstOffset = producer.TransactionFirstOffset,
           },
    ];

    public ProducerTransaction TransactionOf(long producerId, long nowMs)
    {
        var producer = Find(producerId, nowMs);
        return new ProducerTransaction
        {
            Epoch = producer?.Epoch ?? BatchHeader.None,
            CoordinatorEpoch = producer?.CoordinatorEpoch ?? BatchHeader.None,
            IsOpen = producer?.TransactionFirstOffset >= 0,
            Ended = producer?.TransactionsEnded ?? 0,
        };
    }

    /// <summary>Whether a client's batch may be appended: none, 45, 47 or 48, and the batch that it repeats.</summary>
    public (ErrorCode Error, ProducedBatch? Repeated) Check(in BatchHeader header, in AppendContext context, long nowMs)
    {
        var producer = Find(header.ProducerId, nowMs);
        if (producer?.FindRepeated(header) is { } repeated) return (ErrorCode.None, repeated);
        var error = CheckTransaction(header, context, nowMs);
        if (error != ErrorCode.None) return (error, null);
        bool followsOn = producer is null ? !context.MustBeginAtZero || header.BaseSequence == 0 : FollowsOn(producer, header);
        if (!followsOn) return (ErrorCode.OutOfOrderSequenceNumber, null);
        bool mixes = producer?.TransactionFirstOffset >= 0 && !header.IsTransactional;
        return (mixes ? ErrorCode.InvalidTxnState : ErrorCode.None, null);
    }

    /// <summary>
    /// Whether the batch's epoch, and its transaction, may still write: none, 47, or 48 if the transaction that was asked for has ended.
    /// </summary>
    public ErrorCode CheckTransaction(in BatchHeader header, in AppendContext context, long nowMs)
    {
        var producer = TransactionOf(header.ProducerId, nowMs);
        if (header.ProducerEpoch < producer.Epoch) return ErrorCode.InvalidProducerEpoch;
        bool begins = header.IsTransactional && !producer.IsOpen;
        return begins && context.TransactionsEnded is { } ended && ended != producer.Ended ? ErrorCode.InvalidTxnState : ErrorCode.None;
    }

    /// <summary>Whether a marker may be appended: none, 47 or 52.</summary>
    public ErrorCode CheckMarker(in BatchHeader header, TransactionMarker marker, in AppendContext context, long nowMs)
    {
        if (Find(header.ProducerId, nowMs) is not { } producer) return ErrorCode.None;
        if (header.ProducerEpoch < producer.Epoch || IsOfTransactionBefore(producer, header, context)) return ErrorCode.InvalidProducerEpoch;
        return marker.CoordinatorEpoch < producer.CoordinatorEpoch ? ErrorCode.TransactionCoordinatorFenced : ErrorCode.None;
    }

    /// <summary>Takes up an appended batch of a producer.</summary>
    public void Update(in BatchHeader header, long nowMs)
    {
        var producer = Take(header.ProducerId, nowMs);
        producer.RaiseEpoch(header.ProducerEpoch);
        producer.Add(new ProducedBatch(header.LastSequence, header.LastOffset, header.LastOffsetDelta, header.MaxTimestamp));
        if (header.IsTransactional && producer.TransactionFirstOffset < 0) producer.TransactionFirstOffset = header.BaseOffset;
    }

    /// <summary>Takes up an appended marker. The answer is the first offset of the transaction that it ended, if one was open.</summary>
    public long? Complete(in BatchHeader header, TransactionMarker marker, long nowMs)
    {
        var producer = Take(header.ProducerId, nowMs);
        producer.RaiseEpoch(header.ProducerEpoch);
        producer.CoordinatorEpoch = marker.CoordinatorEpoch;
        producer.TransactionsEnded++;
        producer.LastTimestampMs = header.MaxTimestamp;
        long first = producer.TransactionFirstOffset;
        producer.TransactionFirstOffset = BatchHeader.None;
        return first >= 0 ? first : null;
    }

    /// <summary>
    /// Replaces all state by what a snapshot holds. When the producers wrote last by the broker's clock it does not say, and
    /// their batches' own times may be of any age; so their idleness counts from now on.
    /// </summary>
    public void Load(IEnumerable<ProducerState> producers, long nowMs)
    {
        _producers.Clear();
        foreach (var producer in producers)
        {
            producer.LastSeenMs = nowMs;
            _producers[producer.ProducerId] = producer;
        }
    }

    public void RemoveExpired(long nowMs)
    {
        foreach (var producer in _producers.Values)
        {
            if (IsExpired(producer, nowMs)) _producers.Remove(producer.ProducerId); // Removal does not disturb a dictionary's enumerator.
        }
    }

    /// <summary>Expired ones are left out, the rest comes in the order of ids.</summary>
    public byte[] Snapshot(long nowMs)
    {
        RemoveExpired(nowMs);
        return ProducerSnapshot.Write(_producers.Values.OrderBy(producer => producer.ProducerId).ToList());
    }

    /// <summary>
    /// Where each end raises the epoch, a marker that finds a transaction open under its own is late, and of the one before. Where none is open it
    /// is only repeated, and ends nothing. The largest epoch cannot be raised, and ends what is open under it.
    /// </summary>
    private static bool IsOfTransactionBefore(ProducerState producer, in BatchHeader marker, in AppendContext context) =>
        context.MarkerRaisesEpoch && marker.ProducerEpoch == producer.Epoch && producer.TransactionFirstOffset >= 0 && marker.ProducerEpoch < short.MaxValue;

    private static bool FollowsOn(ProducerState producer, in BatchHeader header)
    {
        if (header.ProducerEpoch != producer.Epoch) return producer.Epoch == BatchHeader.None || header.BaseSequence == 0;
        return header.BaseSequence == BatchHeader.SequenceAfter(producer.LastSequence, 1);
    }

    private bool IsExpired(ProducerState producer, long nowMs) =>
        producer.TransactionFirstOffset < 0 && nowMs - Math.Max(producer.LastTimestampMs, producer.LastSeenMs) >= expirationMs;

    private ProducerState Take(long producerId, long nowMs)
    {
        if (Find(producerId, nowMs) is not { } producer) producer = _producers[producerId] = new ProducerState(producerId);
        producer.LastSeenMs = nowMs;
        return producer;
    }
}
