using Moldau.Coordination.Tests.Groups;
using Moldau.Coordination.Tests.Replicas;
using Moldau.Coordination.Transactions;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Transactions;

/// <summary>
/// Plays a scenario against a shard of transactional ids as its host would: appends and applies records, keeps timers, hands out producer ids,
/// holds effects until the scenario says what came of them. After each step a replica that has read the stored bytes of all records must have
/// the same durable half.
/// </summary>
internal sealed class TransactionScenarioRun
{
    private readonly List<string> _trace = [];
    private readonly VirtualTimers _timers = new();
    private readonly StoredLog _log = new(TransactionRecords.Read);
    private readonly DurableTransactions _replica = new();
    private readonly Queue<WriteMarkers> _effects = [];
    private TransactionSettings _settings = new();
    private TransactionShard _shard = new(new TransactionSettings());
    private long _lastProducerId = 100;
    private bool _failsNext;

    private Instant Now => _timers.Now;

    /// <summary>The scenario with the outcome of each command below it. Comments and empty lines stay, former outcomes go.</summary>
    public static string Play(string script)
    {
        var run = new TransactionScenarioRun();
        return ScenarioFiles.Play(script, run._trace, run.Step);
    }

    private void Step(ScenarioLine line)
    {
        switch (line.Verb)
        {
            case "settings":
                _settings = new TransactionSettings
                {
                    TransactionVersion = (short)line.Number("version", 2),
                    IdExpirationMs = line.Number("expiration", 604_800_000),
                    TimeoutMsMax = line.Number("max-timeout", 900_000),
                };
                _shard = new TransactionShard(_settings);
                CarryOut(_shard.Loaded(Now));
                break;
            case "epoch": ForwardTo(line.Subject, (short)line.Number("is", 0)); break;
            case "written": CarryOut(_shard.Decide(new MarkersWritten(_effects.Dequeue()), Now)); break;
            case "not-written": CarryOut(_shard.Decide(new MarkersNotWritten(_effects.Dequeue()), Now)); break;
            case "advance": Advance(int.Parse(line.Subject)); break;
            case "set-back": _timers.SetWallClockBack(int.Parse(line.Subject)); break;
            case "restart": Restart(); break;
            case "append-fails": _failsNext = true; break;
            default: Ask(TransactionScenarioRequests.Of(line)); break;
        }
        StateComparison.OfAll.MustBeEqual(_shard.Durable, _replica);
    }

    private void Ask(object request)
    {
        var decision = _shard.Decide(new TransactionCall(new ReplyToken(1), request), Now);
        if (decision.Replies[0].Answer is ProducerIdNeeded)
        {
            Assert.Empty(decision.Records);
            decision = _shard.Decide(new TransactionCall(new ReplyToken(1), request) { FreshProducerId = ++_lastProducerId }, Now);
        }
        Assert.Single(decision.Replies);
        CarryOut(decision);
    }

    /// <summary>Spares a scenario thirty thousand transactions.</summary>
    private void ForwardTo(string id, short epoch) =>
        Append(TransactionRecords.Of(id, _shard.Durable.Find(id)! with { ProducerEpoch = epoch }, _settings.TransactionVersion));

    private void Advance(long ms)
    {
        _timers.Advance(ms, key =>
        {
            _trace.Add($"  ({_timers.NowMs})");
            CarryOut(_shard.TimerFired(key, Now));
        });
    }

    private void Restart()
    {
        _timers.Clear();
        _effects.Clear();
        _shard = new TransactionShard(_settings);
        foreach (var record in _log.ReadAll()) _shard.Apply(record);
        CarryOut(_shard.Loaded(Now));
    }

    private void CarryOut(Decision<CoordinatorRecord> decision)
    {
        if (_failsNext && decision.Records.Count > 0)
        {
            _failsNext = false;
            _trace.Add("  not appended");
            CarryOut(_shard.AppendFailed(decision, Now));
            return;
        }
        foreach (var record in decision.Records)
        {
            _trace.Add($"  {TransactionScenarioTrace.Of(record)}");
            Append(record);
        }
        foreach (var reply in decision.Replies) _trace.Add($"  reply {TransactionScenarioTrace.Of(reply.Answer)}");
        foreach (var change in decision.Timers) Set(change);
        foreach (var effect in decision.Effects) Begin(effect);
    }

    private void Begin(Effect effect)
    {
        if (effect is ProducerIdWanted wanted)
        {
            _trace.Add($"  effect producer id for {wanted.TransactionalId}");
            CarryOut(_shard.Decide(new ProducerIdGiven(wanted.TransactionalId, ++_lastProducerId), Now));
            return;
        }
        var markers = (WriteMarkers)effect;
        _trace.Add($"  {TransactionScenarioTrace.Of(markers)}");
        _effects.Enqueue(markers);
    }

    private void Set(TimerChange change)
    {
        // The search for ids that expire runs all the time.
        if (change.Key.Kind != TimerKind.TransactionalIdExpiry) _trace.Add($"  {TransactionScenarioTrace.Of(change)}");
        _timers.Set(change);
    }

    private void Append(CoordinatorRecord record)
    {
        _replica.Apply(_log.Append(record));
        _shard.Apply(record);
    }
}
