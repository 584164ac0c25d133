using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.Groups.Streams;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>
/// Plays a scenario against a shard as its host would: appends and applies records, keeps timers, advances time. After each step a replica
/// that has read the stored bytes of all records must have the same durable half.
/// </summary>
internal sealed class ScenarioRun
{
    private const int NoRetention = int.MaxValue;

    private readonly List<string> _trace = [];
    private readonly VirtualTimers _timers = new();
    private readonly GroupReplica _replica = new();
    private readonly Dictionary<ReplyToken, ScenarioLine> _askers = [];
    private readonly Queue<ShareStateEffect> _effects = [];
    private readonly StreamsRequests _streams = new();
    private readonly ToldMembers _members = new();
    private GroupSettings _settings = new()
    {
        OffsetRetentionMs = NoRetention,
        Consumer = new ConsumerGroupSettings { AssignmentIntervalMs = new(0, Min: 0, Max: 15_000) },
        Share = new ShareGroupSettings { AssignmentIntervalMs = new(0, Min: 0, Max: 15_000) },
        Streams = new StreamsGroupSettings { AssignmentIntervalMs = new(0, Min: 0, Max: 15_000), InitialDelayMs = new(0, Min: 0, Max: 60_000) },
    };
    private ClusterImage _image = ClusterImage.Empty;
    private GroupShard _shard;
    private int _requests;
    private bool _failsNext;

    private ScenarioRun() => _shard = new GroupShard(_settings);

    private Instant Now => _timers.Now;

    /// <summary>The scenario with the outcome of each command below it. Comments and empty lines stay, former outcomes go.</summary>
    public static string Play(string script)
    {
        var run = new ScenarioRun();
        return ScenarioFiles.Play(script, run._trace, run.Step);
    }

    private void Step(ScenarioLine line)
    {
        switch (line.Verb)
        {
            case "settings":
                _settings = new GroupSettings
                {
                    InitialRebalanceDelayMs = line.Number("initial-delay", 0),
                    MembersMax = line.Number("max-size", int.MaxValue),
                    OffsetRetentionMs = line.Number("retention", NoRetention),
                    OffsetRetentionCheckMs = line.Number("check", 600_000),
                    Consumer = new ConsumerGroupSettings
                    {
                        AssignmentIntervalMs = new(line.Number("interval", 0), Min: 0, Max: 15_000),
                        MembersMax = line.Number("max-consumers", int.MaxValue),
                        Migration = Enum.Parse<GroupMigration>(line.Text("migration", nameof(GroupMigration.Both))),
                    },
                    Share = new ShareGroupSettings
                    {
                        AssignmentIntervalMs = new(line.Number("interval", 0), Min: 0, Max: 15_000),
                        MembersMax = line.Number("max-sharers", 200),
                    },
                    Streams = new StreamsGroupSettings
                    {
                        AssignmentIntervalMs = new(line.Number("interval", 0), Min: 0, Max: 15_000),
                        InitialDelayMs = new(line.Number("initial-delay", 0), Min: 0, Max: 60_000),
                        StandbyReplicas = new(line.Number("standbys", 0), Min: 0, Max: 2),
                        RackTags = [.. line.Pairs("rack-tags").Select(tag => tag.Name)],
                        MembersMax = line.Number("max-streams", int.MaxValue),
                    },
                };
                _shard = _replica.Restart(_settings); // What was there before is taken up by a restart.
                break;
            case "started": CarryOut(_shard.Loaded(Now)); break;
            case "topic": Change(_image.With(line.Subject, line.Number("partitions", 1), line.TextOrNull("id"))); break;
            case "group-config": Change(_image.WithGroupConfig(line.Text("group", "g"), line.Text("key", ""), line.Text("value", ""))); break;
            case "subtopology": _streams.AddSubtopology(line); break;
            case "topics-refused": CarryOut(_shard.Decide(new InternalTopicsRefused(line.Text("group", "g"), "There is no room."), Now)); break;
            case "advance": Advance(int.Parse(line.Subject)); break;
            case "settle": Settle(); break;
            case "restart": Restart(); break;
            case "stored": Write(_streams.Stored(line, _shard.Durable)); break;
            case "append-fails": _failsNext = true; break;
            case "settled":
                if (_effects.TryDequeue(out var effect)) CarryOut(_shard.Decide(ShareScenarioRequests.Outcome(effect, line), Now));
                break;
            case "delete-topic":
                var deleted = _image.Find(line.Subject);
                Change(_image.Without(line.Subject));
                CarryOut(_shard.Decide(TopicsGone.Of(deleted), Now));
                break;
            case "topics-checked": CarryOut(_shard.Decide(TopicsGone.AllBut(_image.Topics), Now)); break;
            default: Ask(_members.Fill(line)); break;
        }
        _replica.MustEqual(_shard);
        _replica.MustEqualCompacted(_shard);
    }

    private void Change(ClusterImage image)
    {
        _image = image;
        CarryOut(_shard.Decide(new MetadataChanged(image, _settings), Now));
    }

    private void Ask(ScenarioLine line)
    {
        var caller = new Caller(new ReplyToken(++_requests), ScenarioRequests.Version(line))
        {
            ClientId = line.Subject,
            ClientHost = "/127.0.0.1",
            FreshId = ScenarioRequests.FreshId(_requests),
        };
        _askers.Add(caller.Token, line);
        object request = ScenarioRequests.Of(line) ?? _streams.Of(line) ?? throw new ArgumentException($"No such command: {line.Verb}", nameof(line));
        CarryOut(_shard.Decide(new GroupCall(caller, request), Now));
    }

    private void Advance(long ms)
    {
        _timers.Advance(ms, key =>
        {
            _trace.Add($"  ({_timers.NowMs})");
            CarryOut(_shard.TimerFired(key, Now));
        });
    }

    /// <summary>In the end nobody waits any more, and no timer runs but those of sessions that are kept alive.</summary>
    private void Settle()
    {
        while (_effects.TryDequeue(out var effect)) CarryOut(_shard.Decide(new ShareStatesSettled(effect, new Dictionary<TopicIdPartition, ErrorCode>()), Now));
        Advance(4_000_000);
        Assert.Empty(_askers);
        Assert.Empty(_timers.Armed);
    }

    /// <summary>Whoever waits has lost its connection.</summary>
    private void Restart()
    {
        _timers.Clear();
        _askers.Clear();
        _effects.Clear();
        _shard = _replica.Restart(_settings);
        CarryOut(_shard.Decide(new MetadataChanged(_image, _settings), Now));
        CarryOut(_shard.Loaded(Now));
    }

    private void CarryOut(Decision<CoordinatorRecord> decision)
    {
        if (_failsNext && decision.Records.Count > 0)
        {
            _failsNext = false;
            foreach (var reply in decision.Replies) Answer(reply.To, "not appended");
            CarryOut(_shard.AppendFailed(decision, Now));
            return;
        }
        Write(decision.Records);
        foreach (var reply in decision.Replies) _members.Hear(Answer(reply.To, ScenarioTrace.Of(reply.Answer)), reply.Answer);
        foreach (var effect in decision.Effects)
        {
            _trace.Add($"  {ScenarioTrace.Of(effect)}");
            if (effect is ShareStateEffect wanted) _effects.Enqueue(wanted);
        }
        foreach (var change in decision.Timers)
        {
            // Most scenarios are about something else, and keep all offsets.
            if (change.Key.Kind == TimerKind.OffsetRetention && _settings.OffsetRetentionMs == NoRetention) continue;
            _trace.Add($"  {ScenarioTrace.Of(change)}");
            _timers.Set(change);
        }
    }

    private void Write(IEnumerable<CoordinatorRecord> records)
    {
        foreach (var record in records)
        {
            _trace.Add($"  {ScenarioTrace.Of(record)}");
            Append(record);
        }
    }

    private void Append(CoordinatorRecord record)
    {
        _replica.Append(record);
        _shard.Apply(record);
    }

    /// <summary>Returns whose request it was.</summary>
    private string Answer(ReplyToken token, string answer)
    {
        Assert.True(_askers.Remove(token, out var request), "A request was answered twice.");
        _trace.Add($"  reply {request.Subject} {request.Verb}: {answer}");
        return request.Subject;
    }
}
