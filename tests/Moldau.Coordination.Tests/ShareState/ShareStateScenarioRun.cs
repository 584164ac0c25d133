using Moldau.Coordination.Metadata;
using Moldau.Coordination.ShareState;
using Moldau.Coordination.Tests.Groups;
using Moldau.Coordination.Tests.Replicas;

namespace Moldau.Coordination.Tests.ShareState;

/// <summary>
/// Plays a scenario against a shard of share partitions as its host would. After each step a replica that has read the stored bytes of all
/// records must have the same durable half, and so must one that reads what is left of the log.
/// </summary>
internal sealed class ShareStateScenarioRun
{
    /// <summary>Where an empty log ends is not stored in it. Then there is nothing that could go either.</summary>
    private static readonly StateComparison Comparison = new("DurableShareState._nextOffset");

    private readonly List<string> _trace = [];
    private readonly VirtualTimers _timers = new();
    private readonly StoredLog _log = new(ShareStateRecords.Read);
    private readonly DurableShareState _replica = new();
    private ShareStateShard _shard = new(new ShareStateSettings());
    private ShareStateSettings _settings = new();
    private ClusterImage _image = ClusterImage.Empty;
    private long _logStart;
    private bool _failsNext;

    private Instant Now => _timers.Now;

    /// <summary>The scenario with the outcome of each command below it. Comments and empty lines stay, former outcomes go.</summary>
    public static string Play(string script)
    {
        var run = new ShareStateScenarioRun();
        run.CarryOut(run._shard.Loaded(run.Now));
        return ScenarioFiles.Play(script, run._trace, run.Step);
    }

    private void Step(ScenarioLine line)
    {
        switch (line.Verb)
        {
            case "settings":
                _settings = _settings with { UpdatesPerSnapshot = line.Number("updates", 500) };
                Surround();
                break;
            case "topic":
                _image = _image.With(line.Subject, line.Number("partitions", 1));
                Surround();
                break;
            case "topic-gone":
                _image = _image.Without(line.Subject);
                Surround();
                break;
            case "advance": Advance(int.Parse(line.Subject)); break;
            case "restart": Restart(); break;
            case "append-fails": _failsNext = true; break;
            default: CarryOut(_shard.Decide(new ShareStateCall(new ReplyToken(1), ShareStateScenarioRequests.Of(line)), Now)); break;
        }
        Comparison.MustBeEqual(_shard.Durable, _replica);
        Comparison.MustBeEqual(_shard.Durable, Reread().Durable);
        if (_logStart < _log.Count) Assert.Equal(_replica.NeededFrom, _shard.Durable.NeededFrom);
    }

    private void Surround() => CarryOut(_shard.Decide(new ShareStateSurroundings(_image.Topics, _settings), Now));

    private void Advance(long ms)
    {
        _timers.Advance(ms, key =>
        {
            _trace.Add($"  ({_timers.NowMs}) {key.Kind}");
            CarryOut(_shard.TimerFired(key, Now));
        });
    }

    private void Restart()
    {
        _timers.Clear();
        _shard = Reread();
        CarryOut(_shard.Loaded(Now));
        Surround();
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
            _trace.Add($"  {ShareStateScenarioTrace.Of(record)}");
            Append(record);
        }
        foreach (var reply in decision.Replies) _trace.Add($"  reply {ShareStateScenarioTrace.Of((ShareStateAnswer)reply.Answer)}");
        foreach (var change in decision.Timers) _timers.Set(change);
        foreach (var effect in decision.Effects.Cast<PruneShareState>())
        {
            _trace.Add($"  effect prune before {effect.BeforeOffset} of {_log.Count}");
            _logStart = Math.Max(_logStart, effect.BeforeOffset);
        }
    }

    private void Append(CoordinatorRecord record)
    {
        int offset = _log.Count;
        _replica.Apply(_log.Append(record), offset);
        _shard.Apply(record, offset);
    }

    /// <summary>The shard as a restart finds it.</summary>
    private ShareStateShard Reread()
    {
        var shard = new ShareStateShard(_settings);
        for (int offset = (int)_logStart; offset < _log.Count; offset++) shard.Apply(_log.ReadAt(offset), offset);
        return shard;
    }
}
