using Moldau.Coordination.Tests.Groups;
using Moldau.Coordination.Tests.Replicas;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Transactions;

/// <summary>
/// Plays a scenario against a shard of transactional ids as its host would: appends and applies records, keeps timers, hands out producer ids,
/// holds effects until the scenario says what came of them. After each step a replica that has read the stored bytes of all records must have
/// the same durable half.
/// </summary>
internal sealed class TransactionScenarioRun
{
    /// <summary>A transaction becomes overdue, its markers are written, and each of both may fail before.</summary>
    private const int SettlingRounds = 5;

    private readonly List<string> _trace = [];
    private readonly VirtualTimers _timers = new();
    private readonly StoredLog _log = new(TransactionRecords.Read);
    private readonly DurableTransactions _replica = new();
    private readonly Queue<WriteMarkers> _effects = [];
    private readonly ToldValues _producers = new(("producer", "101"), ("epoch", "0"));
    private TransactionSettings _settings = new();
    private TransactionShard _shard = new(new TransactionSettings());
    private long _lastProducerId = 100;
    private string _asker = "";
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
            case "written": EndEffect(markers => new MarkersWritten(markers)); break;
            case "not-written": EndEffect(markers => new MarkersNotWritten(markers)); break;
            case "advance": Advance(int.Parse(line.Subject)); break;
            case "set-back": _timers.SetWallClockBack(int.Parse(line.Subject)); break;
            case "settle": Settle(); break;
            case "restart": Restart(); break;
            case "append-fails": _failsNext = true; break;
            default: Ask(_producers.Fill(line)); break;
        }
        StateComparison.OfAll.MustBeEqual(_shard.Durable, _replica);
        StateComparison.OfAll.MustBeEqual(_shard.Durable, Compacted(withTombstones: true));
        StateComparison.OfAll.MustBeEqual(_shard.Durable, Compacted(withTombstones: false));
    }

    private DurableTransactions Compacted(bool withTombstones)
    {
        var compacted = new DurableTransactions();
        foreach (var record in _log.ReadCompacted(withTombstones)) compacted.Apply(record);
        return compacted;
    }

    private void Ask(ScenarioLine line)
    {
        _asker = line.Subject;
        object request = TransactionScenarioRequests.Of(line);
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
    private void ForwardTo(string id, short epoch)
    {
        if (_shard.Durable.Find(id) is not { } stored)
        {
            _trace.Add("  there is no such id");
            return;
        }
        Append(TransactionRecords.Of(id, stored with { ProducerEpoch = epoch }, _settings.TransactionVersion));
        _producers.Tell(id, "epoch", $"{epoch}");
    }

    private void EndEffect(Func<WriteMarkers, TransactionInput> end)
    {
        if (_effects.TryDequeue(out var markers)) CarryOut(_shard.Decide(end(markers), Now));
        else _trace.Add("  nothing is being written");
    }

    private void Advance(long ms)
    {
        _timers.Advance(ms, key =>
        {
            _trace.Add($"  ({_timers.NowMs})");
            CarryOut(_shard.TimerFired(key, Now));
        });
    }

    /// <summary>In the end all markers are written, no transaction is open, and nothing is waited for but what runs all the time.</summary>
    private void Settle()
    {
        for (int round = 0; round < SettlingRounds; round++)
        {
            while (_effects.TryDequeue(out var effect)) CarryOut(_shard.Decide(new MarkersWritten(effect), Now));
            Advance(_settings.TimeoutMsMax);
        }
        Assert.Empty(_effects);
        Assert.DoesNotContain(_shard.Durable.All.Values, transaction => transaction.IsEnding || transaction.Status == TransactionStatus.Ongoing);
        Assert.DoesNotContain(_timers.Armed, timer => timer.Kind != TimerKind.TransactionalIdExpiry);
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
        foreach (var reply in decision.Replies)
        {
            _trace.Add($"  reply {TransactionScenarioTrace.Of(reply.Answer)}");
            Tell(reply.Answer);
        }
        foreach (var change in decision.Timers) Set(change);
        foreach (var effect in decision.Effects) Begin(effect);
    }

    private void Tell(object answer)
    {
        switch (answer)
        {
            case InitProducerIdResponse { ErrorCode: ErrorCode.None } begun: Tell(begun.ProducerId, begun.ProducerEpoch); break;
            case EndTxnResponse { ErrorCode: ErrorCode.None } ended: Tell(ended.ProducerId, ended.ProducerEpoch); break;
        }
    }

    private void Tell(long producerId, short epoch)
    {
        _producers.Tell(_asker, "producer", $"{producerId}");
        _producers.Tell(_asker, "epoch", $"{epoch}");
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
