using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Modern;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>A shard, the members of a group, and chance. After each step nothing is owned twice, and a replica equals the shard.</summary>
internal sealed class ConsumerSimulation
{
    private const int SessionMs = 45_000;

    private static readonly string[] Subscriptions = ["t", "t,u", "u", "*"];

    private readonly Random _chance;
    private readonly GroupSettings _settings;
    private readonly GroupReplica _replica = new();
    private readonly VirtualTimers _timers = new();
    private readonly List<SimulatedConsumer> _members = [];
    private readonly List<(SimulatedConsumer Member, ConsumerGroupHeartbeatRequest Request)> _underWay = [];
    private ClusterImage _image = ClusterImage.Empty.With("t", 4).With("u", 3);
    private GroupShard _shard;
    private int _made, _requests;
    private bool _mayBeKilled = true;

    public ConsumerSimulation(Random chance)
    {
        _chance = chance;
        _settings = new GroupSettings
        {
            Consumer = new ConsumerGroupSettings { AssignmentIntervalMs = new(chance.Next(2) * 3_000, Min: 0, Max: 15_000) },
        };
        _shard = Started();
    }

    private Instant Now => _timers.Now;

    /// <summary>What the members and the group have, for a message.</summary>
    public string State =>
        string.Join(", ", _members.Select(member => $"{member.Id} in {member.Epoch} owns {member.Owned.Count}")) + "; "
        + (_shard.Durable.Consumer("g") is { } group ? ConsumerTrace.Of(group) : "no group");

    public void Step()
    {
        switch (_chance.Next(14))
        {
            case 0 when _members.Count < 6:
                _members.Add(new SimulatedConsumer($"m{++_made}", _chance.Next(3) == 0 ? $"i{_made}" : null, Subscriptions[_chance.Next(4)]));
                break;
            case 1 when _members.Count > 0: Leave(_members[_chance.Next(_members.Count)]); break;
            case 2 when _members.Count > 0 && _chance.Next(2) == 0: _members.RemoveAt(_chance.Next(_members.Count)); break; // It crashed.
            case 3: Restart(); break;
            case 4: Advance(_chance.Next(1, 30_000)); break;
            case 5: Change(_image.With("t", 4 + _chance.Next(3))); break;
            case 6 when _underWay.Count > 0: Arrive(_chance.Next(_underWay.Count)); break;
            default:
                if (_members.Count > 0) Beat(_members[_chance.Next(_members.Count)]);
                break;
        }
        Check();
    }

    /// <summary>Everybody sends heartbeats and follows them at once.</summary>
    public int RoundsUntilStable(int roundsMax)
    {
        _mayBeKilled = false;
        if (_members.Count == 0) return 0;
        while (_underWay.Count > 0) Arrive(0);
        // Whoever is gone without a word is noticed after its session.
        for (int quiet = 0; quiet < 6; quiet++)
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

    private bool IsStable()
    {
        var owned = _members.SelectMany(member => member.Owned).ToHashSet();
        var group = _shard.Durable.Consumer("g");
        return group is not null && ConsumerGroupDescriptions.StateOf(group) == "Stable" && group.Members.Count == _members.Count
            && owned.SetEquals(group.Members.SelectMany(member => group.Target(member.Id)!));
    }

    private void BeatAndHear(SimulatedConsumer member)
    {
        if (Ask(member.Heartbeat()) is { } answer) member.Hear(answer);
        member.Follow();
    }

    private void Beat(SimulatedConsumer member)
    {
        // A connection has its requests in order: the next heartbeat waits for the one that is under way.
        if (_underWay.Exists(sent => sent.Member == member))
        {
            member.Follow();
            return;
        }
        _underWay.Add((member, member.Heartbeat()));
        if (_chance.Next(3) > 0) Arrive(_underWay.Count - 1);
    }

    /// <summary>A heartbeat arrives, perhaps late, perhaps twice, perhaps in vain.</summary>
    private void Arrive(int at)
    {
        var (member, request) = _underWay[at];
        _underWay.RemoveAt(at);
        bool isLost = _chance.Next(10) == 0;
        var answer = isLost ? null : Ask(request);
        if (_chance.Next(8) == 0) Ask(request);
        if (!_members.Contains(member)) return;
        if (answer is null || _chance.Next(10) == 0) member.Miss();
        else member.Hear(answer);
        if (_chance.Next(3) > 0) member.Follow(); // Else it is slow.
    }

    private void Leave(SimulatedConsumer member)
    {
        if (member.IsOut || _underWay.Exists(sent => sent.Member == member)) return;
        bool isForAWhile = member.Heartbeat().InstanceId is not null && _chance.Next(2) == 0;
        Ask(member.Leave(isForAWhile ? MemberEpochs.Away : MemberEpochs.Leaving));
        member.GiveEverythingUp();
        if (!isForAWhile) _members.Remove(member);
    }

    private void Check()
    {
        var group = _shard.Durable.Consumer("g");
        var owners = new Dictionary<TopicIdPartition, string>();
        foreach (var member in _members)
        {
            // A member whose session ended unheard still reads, with an epoch that is fenced by now.
            bool isKnown = group?.Member(member.Id) is { } known && (known.Epoch == member.Epoch || known.PreviousEpoch == member.Epoch);
            if (!isKnown) continue;
            foreach (var partition in member.Owned)
                Assert.True(owners.TryAdd(partition, member.Id), $"{partition} belongs to {member.Id} and to {owners[partition]}.");
        }
        _replica.MustEqual(_shard);
    }

    private ConsumerGroupHeartbeatResponse? Ask(ConsumerGroupHeartbeatRequest request)
    {
        var caller = new Caller(new ReplyToken(++_requests), ApiVersion: 1);
        var decision = _shard.Decide(new GroupCall(caller, request), Now);
        if (_mayBeKilled && decision.IsDivisible && _chance.Next(8) == 0)
        {
            // The broker is killed between two of the batches.
            foreach (var record in decision.Records.Take(_chance.Next(decision.WholeCount, decision.Records.Count))) _replica.Append(record);
            Restart();
            return null;
        }
        CarryOut(decision);
        return (ConsumerGroupHeartbeatResponse)Assert.Single(decision.Replies).Answer;
    }

    private void Advance(long ms) => _timers.Advance(ms, key => CarryOut(_shard.TimerFired(key, Now)));

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
        foreach (var change in decision.Timers) _timers.Set(change);
    }
}
