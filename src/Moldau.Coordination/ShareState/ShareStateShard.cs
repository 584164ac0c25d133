using Moldau.Coordination.Metadata;

namespace Moldau.Coordination.ShareState;

/// <summary>The share partitions of one partition of <c>__share_group_state</c> (KIP-932).</summary>
internal sealed class ShareStateShard(ShareStateSettings settings) : IStateMachine<ShareStateInput, CoordinatorRecord>
{
    private static readonly TimerKey Prune = new(TimerKind.ShareStatePrune, "", "");
    private static readonly TimerKey ColdSnapshots = new(TimerKind.ShareStateColdSnapshots, "", "");

    private ShareStateSurroundings _surroundings = new(TopicsImage.Empty, settings);
    private bool _mayHaveGone;

    public DurableShareState Durable { get; } = new();

    private ShareStateSettings Settings => _surroundings.Settings;

    public Decision<CoordinatorRecord> Decide(ShareStateInput input, Instant now)
    {
        switch (input)
        {
            case ShareStateCall call:
                var decision = new Decision<CoordinatorRecord>();
                decision.Reply(call.Token, Answer(call.Request, new ShareStateTurn(decision, Durable, _surroundings, now.UtcMs)));
                return decision;
            case ShareStateSurroundings surroundings:
                _mayHaveGone |= !ReferenceEquals(surroundings.Topics.ById, _surroundings.Topics.ById);
                _surroundings = surroundings;
                return ForgetGone(new());
            default:
                throw new ArgumentException($"A shard of share partitions has no answer to {input}.", nameof(input));
        }
    }

    public Decision<CoordinatorRecord> TimerFired(TimerKey key, Instant now) =>
        key.Kind == TimerKind.ShareStatePrune ? PruneLog(now) : SnapshotCold(now);

    public void Apply(CoordinatorRecord record) =>
        throw new NotSupportedException("A share partition's record counts with the place where it lies.");

    public void Apply(CoordinatorRecord record, long offset) => Durable.Apply(record, offset);

    public Decision<CoordinatorRecord> Loaded(Instant now)
    {
        var decision = new Decision<CoordinatorRecord>();
        ArmBoth(decision, now);
        return decision;
    }

    /// <summary>What could not be stored did not happen; what is done from time to time is done next time, and so is what was to be forgotten.</summary>
    public Decision<CoordinatorRecord> AppendFailed(Decision<CoordinatorRecord> failed, Instant now)
    {
        _mayHaveGone |= failed.Records.Any(record => record.Value is null);
        var decision = new Decision<CoordinatorRecord>();
        foreach (var change in failed.Timers) decision.Arm(change.Key, change.DeadlineMs!.Value);
        return decision;
    }

    public Decision<CoordinatorRecord> DecideFailed(Instant now) => Loaded(now);

    private static ShareStateAnswer Answer(ShareStateRequest request, ShareStateTurn turn) => request switch
    {
        InitializeShareState initialize => ShareStateRequests.Initialize(initialize, turn),
        ReadShareState read => ShareStateRequests.Read(read, turn),
        ReadShareStateSummary summary => ShareStateRequests.ReadSummary(summary, turn),
        WriteShareState write => ShareStateRequests.Write(write, turn),
        DeleteShareState delete => ShareStateRequests.Delete(delete, turn),
        _ => throw new ArgumentException($"A shard of share partitions has no answer to {request}.", nameof(request)),
    };

    /// <summary>The state of partitions whose topics are gone, if there may be any.</summary>
    private Decision<CoordinatorRecord> ForgetGone(Decision<CoordinatorRecord> decision)
    {
        if (!_mayHaveGone) return decision;
        _mayHaveGone = false;
        decision.Divide();
        var topics = _surroundings.Topics.ById;
        foreach (var key in Durable.All.Keys.Where(key => !topics.ContainsKey(key.TopicId))) decision.Append(ShareStateRecords.Gone(key));
        return decision;
    }

    private Decision<CoordinatorRecord> PruneLog(Instant now)
    {
        var decision = new Decision<CoordinatorRecord>();
        decision.Arm(Prune, now.TimerMs + Settings.PruneIntervalMs);
        decision.Cause(new PruneShareState(Durable.NeededFrom));
        return decision;
    }

    /// <summary>
    /// Partitions that nobody writes to hold the log's beginning where it is, so their state is stored again. That has an end when it was
    /// done for all of them, since then nothing is added that would have to go.
    /// </summary>
    private Decision<CoordinatorRecord> SnapshotCold(Instant now)
    {
        var decision = new Decision<CoordinatorRecord>().Divide();
        decision.Arm(ColdSnapshots, now.TimerMs + Settings.ColdSnapshotIntervalMs);
        if (_mayHaveGone) return ForgetGone(decision); // It must not be stored again; the others are the next time.
        if (Durable.All.Values.All(state => state.WriteMs != state.CreateMs)) return decision;
        foreach (var (key, state) in Durable.All)
        {
            if (now.UtcMs - state.WriteMs < Settings.ColdSnapshotIntervalMs) continue;
            decision.Append(ShareStateRecords.Snapshot(key, state with { SnapshotEpoch = state.SnapshotEpoch + 1, WriteMs = now.UtcMs }));
        }
        return decision;
    }

    private void ArmBoth(Decision<CoordinatorRecord> decision, Instant now)
    {
        decision.Arm(Prune, now.TimerMs + Settings.PruneIntervalMs);
        decision.Arm(ColdSnapshots, now.TimerMs + Settings.ColdSnapshotIntervalMs);
    }
}
