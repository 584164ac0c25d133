using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>A group that copies exactly once, in either protocol, and readers of what is copied and of the copies.</summary>
internal sealed class CopyRun(int seed, GroupKind kind) : SimulatedRun(seed)
{
    private const string Instance = "twin";

    /// <summary>Whether all producers do, or none, as in a cluster that has not got so far; null where it depends on the client.</summary>
    private readonly bool? _raisesEpochs = (seed % 3) switch { 0 => true, 1 => false, _ => null };

    private SimulatedReader? _before, _after;

    public override int Records => _after!.Values.Count;

    private IEnumerable<string> Copies => _after!.Values.Select(value => value.Split('/')[0]);

    protected override async Task BeginAsync()
    {
        await Broker.CreateTopicAsync("to", Partitions);
        if (_raisesEpochs == false) await Broker.SetFeatureAsync("transaction.version", 1);
        var subscription = new GroupSubscription("copiers", Existing);
        _before = new(Broker, History, Chance, process: 5, Topics[0], Partitions);
        _after = new(Broker, History, Chance, process: 6, "to", Partitions);
        Clients.AddRange([NewCopier(3, subscription), NewCopier(4, subscription, Instance), NewCopier(7, subscription, Instance), _before, _after]);
    }

    protected override Task<bool> IsDoneAsync() =>
        Task.FromResult(HasProduced && _before!.Values.Count >= Acknowledged.Count() && Copies.Distinct().Count() >= _before.Values.Count);

    protected override string Describe() =>
        $"{Acknowledged.Count()} acknowledged, {_before!.Values.Count} read, {_after!.Values.Count} copied, not {string.Join(' ', _before.Values.Except(Copies).Take(5))}";

    protected override IReadOnlyList<Anomaly> Anomalies() => [.. HistoryChecker.Check(History), .. GroupChecker.Check(History), .. CopiedTwice()];

    private SimulatedCopier NewCopier(int process, GroupSubscription subscription, string? instance = null)
    {
        var copier = new SimulatedCopier(Broker, History, Chance, process, "to") { RaisesEpochs = _raisesEpochs ?? Chance.Next(2) == 0 };
        copier.Membership = kind == GroupKind.Classic ? new ClassicMembership(copier, subscription, instance) : new ConsumerMembership(copier, subscription, instance);
        return copier;
    }

    private IEnumerable<Anomaly> CopiedTwice() =>
        Copies.CountBy(value => value).Where(copies => copies.Value > 1).Select(copies => new Anomaly(AnomalyKind.Duplicate, $"{copies.Key} is copied {copies.Value} times"));
}
