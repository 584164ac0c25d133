using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>A classic group, each partition of which has an owner in the end.</summary>
internal sealed class ClassicGroupRun(int seed) : SimulatedRun(seed)
{
    private readonly List<SimulatedGroupMember> _members = [];

    public override int Records => History.OfType<Polled>().Sum(poll => poll.Records.Count);

    protected override TimeSpan StepTime => TimeSpan.FromMilliseconds(500);

    protected override Task BeginAsync(Guid from)
    {
        var subscription = new SimulatedGroupMember.Subscription("from", Partitions, "readers");
        for (int process = 3; process <= 5; process++) _members.Add(new(Broker, History, Chance, process, subscription));
        Clients.AddRange(_members);
        return Task.CompletedTask;
    }

    protected override bool LosesMember()
    {
        _members.First(member => member.Assigned.Count > 0).GoForGood(); // One that is missed.
        return true;
    }

    protected override Task<bool> IsDoneAsync()
    {
        bool isStable = _members.Where(member => !member.IsGone).Select(member => member.AssignedIn).Distinct().ToArray() is [not null];
        bool isOwned = isStable && _members.SelectMany(member => member.Assigned).Order().SequenceEqual(Enumerable.Range(0, Partitions));
        return Task.FromResult(HasProduced && isOwned && Ends().All(end => CommittedOf(end.Key) > end.Value));
    }

    protected override string Describe() => string.Join(", ", Ends().Select(end => $"{CommittedOf(end.Key)} of partition {end.Key} is committed, and offset {end.Value} produced"))
        + $"; assigned are {string.Join(' ', _members.SelectMany(member => member.Assigned))}";

    protected override IReadOnlyList<Anomaly> Anomalies() => [.. HistoryChecker.Check(History), .. GroupChecker.Check(History)];

    private Dictionary<int, long> Ends() => Acknowledged.GroupBy(sent => sent.Partition).ToDictionary(sent => sent.Key, sent => sent.Max(last => last.Offset!.Value));

    private long CommittedOf(int partition) => History.OfType<CommittedPosition>()
        .Where(committed => committed.Outcome == SendOutcome.Acknowledged && committed.Position.Partition == partition)
        .Select(committed => committed.Position.Offset).DefaultIfEmpty().Max();
}
