using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A group whose members read and commit. One of its topics grows, or is deleted and made anew under its name. Each partition has an owner in the end, also when one of those has died without a word, and when it
/// is back and the others are to give something up for it and do not.
/// </summary>
internal sealed class GroupRun(int seed, GroupKind kind) : SimulatedRun(seed)
{
    private const string Group = "readers", Instance = "twin", Stable = "Stable";
    private const int Members = 4, FirstProcess = 3, OperatorProcess = FirstProcess + Members, GrownMax = Partitions + 2;
    private const int FashionMs = 60_000;

    /// <summary>In the longest of them a member can join many times.</summary>
    private static readonly string[] AssignmentIntervalsMs = ["0", "1000", "10000"];

    private readonly List<SimulatedGroupReader> _members = [];
    private GroupSubscription _subscription = null!;
    private GroupObserver _observer = null!;
    private SimulatedOperator _operator = null!;
    private SimulatedGroupReader? _lost;
    private string? _grownTopic;
    private int _wanted = Partitions, _grown = Partitions;

    public override int Records => History.OfType<Polled>().Sum(poll => poll.Records.Count);

    protected override TimeSpan StepTime => TimeSpan.FromMilliseconds(500);

    protected override IReadOnlyList<string> Topics => ["from", "more"];

    private IEnumerable<SimulatedGroupReader> Alive => _members.Where(member => !member.IsGone && !member.Membership.IsKeptOut);

    protected override async Task BeginAsync()
    {
        Existing.Renewed = Topics[0];
        _subscription = new(Group, Existing);
        if (kind == GroupKind.Streams) await Broker.SetGroupAsync(Group, ("streams.num.standby.replicas", "1"));
        if (kind == GroupKind.Mixed) await Broker.SetGroupAsync(Group, ("consumer.assignment.interval.ms", AssignmentIntervalsMs[Chance.Next(AssignmentIntervalsMs.Length)]));
        for (int process = FirstProcess; process < FirstProcess + Members; process++) _members.Add(NewMember(process));
        _operator = new(Broker, History, Chance, OperatorProcess, Existing);
        Clients.AddRange(_members);
        _observer = new(Broker, History, _subscription, kind);
    }

    /// <summary>The first topic grows: one from which no state is kept, which could not grow with it, nor begin anew.</summary>
    protected override void Change() => _wanted = Math.Min(_wanted + 1, GrownMax);

    protected override async Task LookAsync()
    {
        await _operator.StepAsync();
        await GrowAsync();
        await _observer.LookAsync();
    }

    protected override void EndFaults()
    {
        base.EndFaults();
        _operator.IsReliable = true;
    }

    private async Task GrowAsync()
    {
        string title = Existing.TitleOf(Topics[0]);
        if (title != _grownTopic) (_grownTopic, _grown) = (title, Partitions);
        if (_grown < _wanted && Existing.Has(title) && await Broker.GrowAsync(Topics[0], _wanted)) Existing.Grow(title, _grown = _wanted);
    }

    protected override IReadOnlyList<Action> Trials => [LoseMember, BringMemberBack];

    protected override bool IsStable =>
        _operator.IsIdle
        && _observer.State == Stable
        && Alive.All(member => member.Membership.IsSettled)
        && Alive.SelectMany(member => member.Membership.Owned).Order().SequenceEqual(Existing.All.Order());

    protected override Task<bool> IsDoneAsync() => Task.FromResult(
        HasProduced
        && IsStable
        && Ends().All(end => CommittedOf(end.Key) > end.Value));

    protected override string Describe() =>
        $"{_operator}; " + string.Join(", ", Ends().Select(end => $"{CommittedOf(end.Key)} of {end.Key} is committed, and offset {end.Value} produced"))
        + $"; the group is {_observer.State}; " + string.Join(", ", Alive.Select(member => $"{member.Membership.As} has {string.Join(' ', member.Membership.Owned)}"));

    protected override IReadOnlyList<Anomaly> Anomalies() => [.. HistoryChecker.Check(History), .. GroupChecker.Check(History)];

    /// <summary>One that is missed.</summary>
    private void LoseMember()
    {
        _lost = _members.First(member => member.Membership.Owned.Count > 0);
        _lost.Vanish();
    }

    private void BringMemberBack()
    {
        foreach (var member in Alive.Where(member => member.Membership.Owned.Count > 1)) member.Membership.IsStubborn = true;
        _lost!.ComeBack();
    }

    private SimulatedGroupReader NewMember(int process)
    {
        SimulatedGroupReader? member = null;
        SimulatedMembership Next() => NewMembership(member!, process);
        member = new(Broker, History, Chance, process) { NextMembership = kind == GroupKind.Mixed ? Next : null };
        member.Membership = Next();
        return member;
    }

    /// <summary>The last two are processes of one static member; where protocols change, only one is, which then changes its own.</summary>
    private SimulatedMembership NewMembership(SimulatedGroupReader member, int process)
    {
        int statics = kind == GroupKind.Mixed ? 1 : 2;
        string? instance = process >= FirstProcess + Members - statics ? Instance : null;
        return kind switch
        {
            GroupKind.Streams => new StreamsMembership(member, _subscription, instance),
            GroupKind.Classic => new ClassicMembership(member, _subscription, instance) { IsCooperative = Chance.Next(2) == 0 },
            GroupKind.Mixed when IsClassicNext() => new ClassicMembership(member, _subscription, instance) { IsCooperative = Chance.Next(2) == 0 },
            _ => new ConsumerMembership(member, _subscription, instance),
        };
    }

    /// <summary>Processes are moved to the one protocol for a while, and then back to the other, not all at once.</summary>
    private bool IsClassicNext() => Chance.Next(4) == 0 != (Broker.Now.ToUnixTimeMilliseconds() / FashionMs % 2 == 0);

    private Dictionary<(string Topic, int Partition), long> Ends() =>
        Acknowledged.GroupBy(sent => (sent.Topic, sent.Partition)).ToDictionary(sent => sent.Key, sent => sent.Max(last => last.Offset!.Value));

    private long CommittedOf((string Topic, int Partition) at) => History.OfType<CommittedPosition>()
        .Where(committed => committed.Outcome == SendOutcome.Acknowledged && (committed.Position.Topic, committed.Position.Partition) == at)
        .Select(committed => committed.Position.Offset).DefaultIfEmpty().Max();
}

/// <summary>Which protocol the members of a group speak.</summary>
public enum GroupKind
{
    Classic,
    Consumer,
    Streams,

    /// <summary>Some the classic one and some the consumer protocol, between which the group changes.</summary>
    Mixed,
}
