using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>A group that copies exactly once, and readers of what is copied and of the copies.</summary>
internal sealed class CopyRun(int seed) : SimulatedRun(seed)
{
    private SimulatedReader? _before, _after;

    public override int Records => _after!.Values.Count;

    private IEnumerable<string> Copies => _after!.Values.Select(value => value.Split('/')[0]);

    protected override async Task BeginAsync(Guid from)
    {
        await Broker.CreateTopicAsync("to", Partitions);
        var route = new SimulatedCopier.Route("from", from, "to", "copiers");
        _before = new(Broker, History, Chance, process: 5, "from", Partitions);
        _after = new(Broker, History, Chance, process: 6, "to", Partitions);
        Clients.AddRange([new SimulatedCopier(Broker, History, Chance, 3, route), new SimulatedCopier(Broker, History, Chance, 4, route), _before, _after]);
    }

    protected override Task<bool> IsDoneAsync() =>
        Task.FromResult(HasProduced && _before!.Values.Count >= Acknowledged.Count() && Copies.Distinct().Count() >= _before.Values.Count);

    protected override string Describe() =>
        $"{Acknowledged.Count()} acknowledged, {_before!.Values.Count} read, {_after!.Values.Count} copied, not {string.Join(' ', _before.Values.Except(Copies))}";

    protected override IReadOnlyList<Anomaly> Anomalies() => [.. HistoryChecker.Check(History), .. CopiedTwice()];

    private IEnumerable<Anomaly> CopiedTwice() =>
        Copies.CountBy(value => value).Where(copies => copies.Value > 1).Select(copies => new Anomaly(AnomalyKind.Duplicate, $"{copies.Key} is copied {copies.Value} times"));
}
