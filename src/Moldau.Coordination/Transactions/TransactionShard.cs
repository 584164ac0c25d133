using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Transactions;

/// <summary>The transactional ids of one partition of <c>__transaction_state</c>.</summary>
internal sealed class TransactionShard(TransactionSettings settings) : IStateMachine<TransactionInput, CoordinatorRecord>
{
    private static readonly TimerKey Expiry = new(TimerKind.TransactionalIdExpiry, "", "");

    private readonly ProducerMemory _memory = new();
    private string? _judged;

    public DurableTransactions Durable { get; } = new();

    public Decision<CoordinatorRecord> Decide(TransactionInput input, Instant now)
    {
        var turn = NewTurn(now);
        _judged = null;
        switch (input)
        {
            case TransactionCall call:
                turn.Decision.Reply(call.Token, Answer(call, turn));
                break;
            case MarkersWritten written:
                _judged = written.Effect.TransactionalId;
                TransactionEnding.Complete(written.Effect, Durable.Find(_judged), _memory, turn);
                break;
            case MarkersNotWritten failed:
                _judged = failed.Effect.TransactionalId;
                if (_memory.TakeMarkers(failed.Effect)) RetryMarkers(_judged, turn);
                break;
            case ProducerIdGiven given:
                _judged = given.TransactionalId;
                if (given.FreshProducerId is { } freshId) AbortOverdue(_judged, freshId, turn);
                else if (Durable.Find(_judged) is { Status: TransactionStatus.Ongoing } open) RetryTimeout(_judged, open, turn);
                break;
            default:
                throw new ArgumentException($"A shard of transactions has no answer to {input}.", nameof(input));
        }
        return turn.Decision;
    }

    public Decision<CoordinatorRecord> TimerFired(TimerKey key, Instant now)
    {
        _judged = key.Subject;
        if (key.Kind == TimerKind.TransactionalIdExpiry) return Expire(now);
        var turn = NewTurn(now);
        var stored = Durable.Find(key.Subject);
        if (key.Kind == TimerKind.MarkersRetry && stored is { IsEnding: true })
            TransactionEnding.BeginMarkers(key.Subject, stored, _memory, turn);
        else if (key.Kind == TimerKind.TransactionTimeout)
            AbortOverdue(key.Subject, freshId: null, turn);
        return turn.Decision;
    }

    public void Apply(CoordinatorRecord record)
    {
        Durable.Apply(record);
        if (record is { Key: TransactionLogKey gone, Value: null }) _memory.Forget(gone.TransactionalId);
    }

    /// <summary>Open transactions go on with the time that they have left, and those whose end was decided are brought to it.</summary>
    public Decision<CoordinatorRecord> Loaded(Instant now)
    {
        var turn = NewTurn(now);
        foreach (var (transactionalId, stored) in Durable.All) Resume(transactionalId, stored, turn);
        ArmExpiry(turn.Decision, now);
        return turn.Decision;
    }

    /// <summary>What could not be stored did not happen. Ends that nobody will ask for again are tried again.</summary>
    public Decision<CoordinatorRecord> AppendFailed(Decision<CoordinatorRecord> failed, Instant now)
    {
        var turn = NewTurn(now);
        foreach (var key in failed.Records.Select(record => record.Key).OfType<TransactionLogKey>()) GoBack(key.TransactionalId, turn);
        if (failed.Timers.Any(change => change.Key == Expiry)) ArmExpiry(turn.Decision, now);
        return turn.Decision;
    }

    public Decision<CoordinatorRecord> DecideFailed(Instant now)
    {
        var turn = NewTurn(now);
        if (_judged is { Length: > 0 } transactionalId) GoBack(transactionalId, turn);
        else ArmExpiry(turn.Decision, now);
        return turn.Decision;
    }

    private TransactionTurn NewTurn(Instant now) => new(new Decision<CoordinatorRecord>(), now, settings);

    private object Answer(TransactionCall call, TransactionTurn turn)
    {
        switch (call.Request)
        {
            case InitProducerIdRequest request:
                return ProducerInitialization.Initialize(request, Find(request.TransactionalId!), call.FreshProducerId, _memory, turn);
            case AddPartitions request:
                return TransactionPartitions.Add(request, Find(request.TransactionalId), _memory, turn);
            case EndTransaction request:
                return TransactionEnding.End(request, Find(request.TransactionalId), call.FreshProducerId, _memory, turn);
            case DescribeTransaction request:
                return TransactionDescriptions.Describe(request.TransactionalId, Find(request.TransactionalId));
            case TransactionFilter filter:
                return TransactionDescriptions.List(Durable.All, filter, turn.Now.UtcMs);
            default:
                throw new ArgumentException($"A shard of transactions has no answer to {call.Request}.", nameof(call));
        }
    }

    private Transaction? Find(string transactionalId)
    {
        _judged = transactionalId;
        return Durable.Find(transactionalId);
    }

    private void Resume(string transactionalId, Transaction stored, TransactionTurn turn)
    {
        if (stored.IsEnding)
        {
            TransactionEnding.BeginMarkers(transactionalId, stored, _memory, turn);
        }
        else if (stored.Status == TransactionStatus.Ongoing)
        {
            // The clock may have been set back since, but nobody waits longer than he asked to.
            long leftMs = Math.Clamp(stored.StartMs + stored.TimeoutMs - turn.Now.UtcMs, 0, stored.TimeoutMs);
            _memory.ArmTimeout(transactionalId, stored, turn.Now.TimerMs + leftMs, turn.Decision);
        }
    }

    private void AbortOverdue(string transactionalId, long? freshId, TransactionTurn turn)
    {
        bool isOverdue = _memory.TimeoutAtMs(transactionalId) <= turn.Now.TimerMs;
        if (!isOverdue || Durable.Find(transactionalId) is not { } open) return;
        if (!TransactionEnding.TryFence(transactionalId, open, freshId, _memory, turn)) turn.Decision.Cause(new ProducerIdWanted(transactionalId));
    }

    private void GoBack(string transactionalId, TransactionTurn turn)
    {
        _memory.ForgetUnderWay(transactionalId);
        var stored = Durable.Find(transactionalId);
        if (stored is null) _memory.Forget(transactionalId); // It was to be its first record: nobody would ever forget it.
        else if (stored.IsEnding) RetryMarkers(transactionalId, turn);
        else if (stored.Status == TransactionStatus.Ongoing) RetryTimeout(transactionalId, stored, turn);
    }

    private static void RetryMarkers(string transactionalId, TransactionTurn turn) =>
        turn.Decision.Arm(new TimerKey(TimerKind.MarkersRetry, transactionalId, ""), turn.Now.TimerMs + turn.Settings.MarkersRetryMs);

    private void RetryTimeout(string transactionalId, Transaction stored, TransactionTurn turn)
    {
        // As after a restart, but what has just failed is not tried again at once.
        int retryMs = turn.Settings.MarkersRetryMs;
        long leftMs = Math.Clamp(stored.StartMs + stored.TimeoutMs - turn.Now.UtcMs, retryMs, Math.Max(stored.TimeoutMs, retryMs));
        _memory.ArmTimeout(transactionalId, stored, turn.Now.TimerMs + leftMs, turn.Decision);
    }

    private void ArmExpiry(Decision<CoordinatorRecord> decision, Instant now) => decision.Arm(Expiry, now.TimerMs + settings.ExpiryIntervalMs);

    /// <summary>Removes ids that have had no transaction for long. Their producers begin anew with another producer id.</summary>
    private Decision<CoordinatorRecord> Expire(Instant now)
    {
        var decision = new Decision<CoordinatorRecord>().Divide();
        foreach (var (transactionalId, stored) in Durable.All)
        {
            if (stored.Status == TransactionStatus.Ongoing || stored.IsEnding) continue;
            if (now.UtcMs - stored.UpdateMs < settings.IdExpirationMs) continue;
            decision.Append(TransactionRecords.Gone(transactionalId));
        }
        ArmExpiry(decision, now);
        return decision;
    }
}
