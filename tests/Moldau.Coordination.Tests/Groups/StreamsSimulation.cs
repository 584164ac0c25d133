using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Groups.Streams;
using Moldau.Coordination.Metadata;
using Request = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest;
using Answer = Moldau.Protocol.Messages.StreamsGroupHeartbeatResponse;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>
/// A shard, the members of a streams group in a few processes, and chance. After each step no task is active twice, none is twice in a
/// process, and a replica equals the shard.
/// </summary>
internal sealed class StreamsSimulation
{
    private const int SessionMs = 45_000, QuietRounds = 6;

    private readonly Random _chance;
    private readonly GroupSettings _settings;
    private readonly GroupReplica _replica = new();
    private readonly VirtualTimers _timers = new();
    private readonly List<SimulatedStream> _members = [];
    private readonly List<(SimulatedStream Member, Request Request)> _underWay = [];
    private readonly HashSet<string> _wanted = [];
    private readonly List<Request.Subtopology> _topology =
    [
        new() { SubtopologyId = "0", SourceTopics = ["t"], StateChangelogTopics = [new() { Name = "c" }], RepartitionSinkTopics = ["r"] },
        new() { SubtopologyId = "1", RepartitionSourceTopics = [new() { Name = "r", Partitions = 3 }] },
        new() { SubtopologyId = "2", SourceTopics = ["u"] },
    ];

    private ClusterImage _image = ClusterImage.Empty.With("t", 4).With("u", 3);
    private GroupShard _shard;
    private int _made, _requests;

    public StreamsSimulation(Random chance)
    {
        _chance = chance;
        _settings = new GroupSettings
        {
            Streams = new StreamsGroupSettings
            {
                AssignmentIntervalMs = new(chance.Next(2) * 3_000, Min: 0, Max: 15_000),
                InitialDelayMs = new(chance.Next(2) * 3_000, Min: 0, Max: 15_000),
                StandbyReplicas = new(chance.Next(3), Min: 0, Max: 2),
            },
        };
        _shard = Started();
    }

    private Instant Now => _timers.Now;

    /// <summary>What the members and the group have, for a message.</summary>
    public string State =>
        string.Join(", ", _members.Select(member => $"{member.Id} of {member.ProcessId} in {member.Epoch} owns {string.Join(" ", member.Owned.All)}"))
        + "; " + (_shard.Durable.Streams("g") is { } group ? StreamsTrace.Of(group) : "no group");

    public void Step()
    {
        switch (_chance.Next(15))
        {
            case 0 when _members.Count < 6:
                _members.Add(new SimulatedStream($"m{++_made}", _chance.Next(3) == 0 ? $"i{_made}" : null, $"p{_chance.Next(4)}"));
                break;
            case 1 when _members.Count > 0: Leave(_members[_chance.Next(_members.Count)]); break;
            case 2 when _members.Count > 0 && _chance.Next(2) == 0: _members.RemoveAt(_chance.Next(_members.Count)); break; // It crashed.
            case 3: Restart(); break;
            case 4: Advance(_chance.Next(1, 30_000)); break;
            case 5: Change(_chance.Next(4) == 0 ? _image.Without("u") : _image.With("u", 3 + _chance.Next(3))); break;
            case 6: MakeTopics(); break;
            case 7 when _underWay.Count > 0: Arrive(_chance.Next(_underWay.Count)); break;
            default:
                if (_members.Count > 0) Beat(_members[_chance.Next(_members.Count)]);
                break;
        }
        Check();
    }

    /// <summary>
    /// Everybody sends heartbeats and all topics are there. At first answers are still lost, of which nothing but the next heartbeat tells; when
    /// they are not any more everybody follows them at once.
    /// </summary>
    public int RoundsUntilStable(int roundsMax)
    {
        if (_members.Count == 0) return 0;
        Change(_image.With("u", 3).With("c", 4).With("r", 3));
        for (int lossy = 0; lossy < QuietRounds; lossy++)
        {
            Advance(SessionMs / 5);
            foreach (var member in _members) Beat(member);
            while (_underWay.Count > 0) Arrive(0);
        }
        // Whoever is gone without a word is noticed after its session.
        for (int quiet = 0; quiet < QuietRounds; quiet++)
        {
            Advance(SessionMs / 5);
            foreach (var member in _members) BeatAndHear(member);
        }
        int rounds = 0;
        while (rounds <= roundsMax && !IsStable())
        {
            Advance(5_000);
            foreach (var member in _members) BeatAndHear(member);
            Check();
            rounds++;
        }
        return rounds;
    }

    /// <summary>Every task is active once, and kept ready in as many further processes as there should be, or are.</summary>
    private bool IsStable()
    {
        var group = _shard.Durable.Streams("g");
        if (group is null || StreamsGroupDescriptions.StateOf(group) != "Stable" || group.Members.Count != _members.Count) return false;
        if (!_members.TrueForAll(member => member.Owned.IsSameAs(group.Target(member.Id)!))) return false;
        int copies = Math.Min(_settings.Streams.StandbyReplicas.Value, _members.Select(member => member.ProcessId).Distinct().Count() - 1);
        var stateful = Enumerable.Range(0, 4).Select(partition => new TaskId("0", partition)).ToList();
        var others = Enumerable.Range(0, 3).SelectMany(partition => new[] { new TaskId("1", partition), new TaskId("2", partition) });
        var active = _members.SelectMany(member => member.Owned.Active).Order().ToList();
        var standby = _members.SelectMany(member => member.Owned.Standby).CountBy(task => task).ToDictionary();
        return active.SequenceEqual(stateful.Concat(others).Order())
            && standby.Keys.All(stateful.Contains)
            && stateful.TrueForAll(task => standby.GetValueOrDefault(task) == copies);
    }

    private void BeatAndHear(SimulatedStream member)
    {
        member.Hear(Ask(member.Heartbeat(_topology)));
        // Until its next heartbeat it gives up and takes what it was told to. One that has said what it owns, is told something else, and is told the
        // same again before it has done that, says nothing: it is waited for until its time to give up is over, as Kafka waits for its clients.
        member.Follow();
        member.Follow();
    }

    private void Beat(SimulatedStream member)
    {
        // A connection has its requests in order: the next heartbeat waits for the one that is under way.
        if (_underWay.Exists(sent => sent.Member == member))
        {
            member.Follow();
            return;
        }
        _underWay.Add((member, member.Heartbeat(_topology)));
        if (_chance.Next(3) > 0) Arrive(_underWay.Count - 1);
    }

    /// <summary>A heartbeat arrives, perhaps late, perhaps twice, perhaps in vain.</summary>
    private void Arrive(int at)
    {
        var (member, request) = _underWay[at];
        _underWay.RemoveAt(at);
        var answer = _chance.Next(10) == 0 ? null : Ask(request);
        if (_chance.Next(8) == 0) Ask(request);
        if (!_members.Contains(member)) return;
        if (answer is null || _chance.Next(10) == 0) member.Miss();
        else member.Hear(answer);
        if (_chance.Next(3) > 0) member.Follow(); // Else it is slow.
    }

    private void Leave(SimulatedStream member)
    {
        if (member.IsOut || _underWay.Exists(sent => sent.Member == member)) return;
        bool isForAWhile = member.Leave(MemberEpochs.Away).InstanceId is not null && _chance.Next(2) == 0;
        Ask(member.Leave(isForAWhile ? MemberEpochs.Away : MemberEpochs.Leaving));
        member.GiveEverythingUp();
        if (!isForAWhile) _members.Remove(member);
    }

    private void Check()
    {
        var group = _shard.Durable.Streams("g");
        var runners = new Dictionary<TaskId, string>();
        var places = new Dictionary<(string Process, TaskId Task), string>();
        foreach (var member in _members)
        {
            // A member whose session ended unheard still works, with an epoch that is fenced by now.
            bool isKnown = group?.Member(member.Id) is { } known && (known.Epoch == member.Epoch || known.PreviousEpoch == member.Epoch);
            if (!isKnown) continue;
            foreach (var task in member.Owned.Active)
                Assert.True(runners.TryAdd(task, member.Id), $"{task} is active at {member.Id} and at {runners[task]}.");
            foreach (var task in member.Owned.All)
                Assert.True(places.TryAdd((member.ProcessId, task), member.Id), $"{task} is twice in {member.ProcessId}: {State}");
        }
        _replica.MustEqual(_shard);
    }

    private Answer Ask(Request request)
    {
        var caller = new Caller(new ReplyToken(++_requests), ApiVersion: 1);
        var decision = _shard.Decide(new GroupCall(caller, request), Now);
        CarryOut(decision);
        return (Answer)Assert.Single(decision.Replies).Answer;
    }

    private void Advance(long ms) => _timers.Advance(ms, key => CarryOut(_shard.TimerFired(key, Now)));

    private void MakeTopics()
    {
        foreach (string topic in _wanted) Change(_image.With(topic, topic == "c" ? 4 : 3));
        _wanted.Clear();
    }

    private void Change(ClusterImage image)
    {
        _image = image;
        CarryOut(_shard.Decide(new MetadataChanged(image, _settings), Now));
    }

    private void Restart()
    {
        _timers.Clear();
        _shard = Started();
        _replica.MustEqualCompacted(_shard);
        CarryOut(_shard.Loaded(Now));
    }

    private GroupShard Started()
    {
        var shard = _replica.Restart(_settings);
        shard.Decide(new MetadataChanged(_image, _settings), Now);
        return shard;
    }

    private void CarryOut(Decision<CoordinatorRecord> decision)
    {
        foreach (var record in decision.Records)
        {
            _replica.Append(record);
            _shard.Apply(record);
        }
        foreach (var topics in decision.Effects.OfType<CreateInternalTopics>()) _wanted.UnionWith(topics.Topics.Select(topic => topic.Wanted.Name));
        foreach (var change in decision.Timers) _timers.Set(change);
    }
}
