using System.Diagnostics;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>One run of clients against a broker that dies now and then: first with faults, then without, until all have come to their end.</summary>
internal abstract class SimulatedRun(int seed)
{
    protected const int Partitions = 2;

    private const int Steps = 400;

    // Timers run on threads of their own, which a busy machine may keep waiting while simulated time flies.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly List<SimulatedProducer> _producers = [];

    public List<HistoryEvent> History { get; } = [];

    public int Restarts { get; private set; }

    /// <summary>What has come through, for the summary of many runs.</summary>
    public abstract int Records { get; }

    protected Random Chance { get; } = new(seed);

    protected SimulatedBroker Broker { get; } = new(seed);

    protected List<SimulatedClient> Clients { get; } = [];

    /// <summary>How much time goes by while one client does one thing.</summary>
    protected virtual TimeSpan StepTime => TimeSpan.FromMilliseconds(300);

    /// <summary>All that was produced is known to be stored.</summary>
    protected bool HasProduced => _producers.TrueForAll(producer => producer.IsDone);

    protected IEnumerable<Sent> Acknowledged => History.OfType<Sent>().Where(sent => sent is { Topic: "from", Outcome: SendOutcome.Acknowledged });

    public async Task PlayAsync()
    {
        await Broker.StartAsync();
        await using var stopped = Broker;
        for (int process = 1; process <= 2; process++) _producers.Add(new(Broker, History, Chance, process, "from", Partitions));
        Clients.AddRange(_producers);
        await BeginAsync(await Broker.CreateTopicAsync("from", Partitions));
        for (int step = 0; step < Steps; step++)
        {
            if (Chance.Next(25) == 0) Broker.FailAfter(Chance.Next(1, 60));
            if (Chance.Next(80) == 0) await RestartAsync(BrokerEnd.Stop);
            await StepAsync(Clients[Chance.Next(Clients.Count)]);
        }
        EndFaults();
        await SettleAsync();
        if (LosesMember())
        {
            // Who is missing is then known from what is stored alone.
            if (Chance.Next(2) == 0) await RestartAsync(BrokerEnd.PowerCut);
            await SettleAsync();
        }
        Assert.NotEmpty(Acknowledged);
        Assert.Empty(Anomalies());
    }

    /// <summary>Makes the clients of the topic to which is produced.</summary>
    protected abstract Task BeginAsync(Guid from);

    /// <summary>Nothing fails from here on.</summary>
    protected virtual void EndFaults()
    {
        Broker.FailAfter(int.MaxValue / 2);
        foreach (var client in Clients) client.IsReliable = true;
        foreach (var producer in _producers) producer.IsDraining = true;
    }

    protected abstract Task<bool> IsDoneAsync();

    /// <summary>When all have come to their end a member may die without a word: the others must come to an end without it.</summary>
    protected virtual bool LosesMember() => false;

    /// <summary>How far it is, where it comes to no end.</summary>
    protected abstract string Describe();

    /// <summary>What the history has that it must not have.</summary>
    protected abstract IReadOnlyList<Anomaly> Anomalies();

    private async Task StepAsync(SimulatedClient client)
    {
        await client.StepAsync();
        Broker.Advance(StepTime);
        if (Broker.IsDown) await RestartAsync(Chance.Next(2) == 0 ? BrokerEnd.PowerCut : BrokerEnd.Kill);
    }

    private async Task RestartAsync(BrokerEnd end)
    {
        Restarts++;
        await Broker.RestartAsync(end);
        History.Add(new BrokerLost());
    }

    private async Task SettleAsync()
    {
        long begunAt = Stopwatch.GetTimestamp();
        while (!await IsDoneAsync())
        {
            if (Stopwatch.GetElapsedTime(begunAt) > Patience)
                Assert.Fail($"It comes to no end: {Describe()}; {string.Join("; ", Clients)}; {string.Join("; ", Anomalies())}");
            foreach (var client in Clients) await StepAsync(client);
        }
    }
}
