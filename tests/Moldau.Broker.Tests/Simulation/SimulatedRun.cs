using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>One run of clients against a broker that dies now and then: first with faults, then without, until all have come to their end.</summary>
internal abstract class SimulatedRun(int seed)
{
    public const int Partitions = 2;

    private const int Steps = 400, RoundsOfTrialMax = 6;

    /// <summary>
    /// How long groups may take until they are stable when nothing fails any more, in simulated time: sessions of those that died before must
    /// end, and their successors' rebalances. A request is waited for however long a busy machine needs.
    /// </summary>
    private static readonly TimeSpan StabilityPatience = TimeSpan.FromMinutes(3);

    private readonly List<SimulatedProducer> _producers = [];

    public List<HistoryEvent> History { get; } = [];

    public int Restarts { get; private set; }

    /// <summary>How long groups took to be stable, at most.</summary>
    public TimeSpan Stabilizing { get; private set; }

    /// <summary>What has come through, for the summary of many runs.</summary>
    public abstract int Records { get; }

    protected Random Chance { get; } = new(seed);

    protected SimulatedBroker Broker { get; } = new(seed);

    protected List<SimulatedClient> Clients { get; } = [];

    /// <summary>What is produced to.</summary>
    protected virtual IReadOnlyList<string> Topics => ["from"];

    /// <summary>How much time goes by while one client does one thing.</summary>
    protected virtual TimeSpan StepTime => TimeSpan.FromMilliseconds(300);

    /// <summary>All that was produced is known to be stored.</summary>
    protected bool HasProduced => _producers.TrueForAll(producer => producer.IsDone);

    protected IEnumerable<Sent> Acknowledged => History.OfType<Sent>().Where(sent => sent.Outcome == SendOutcome.Acknowledged && Existing.Titles.Contains(sent.Topic));

    /// <summary>What there is of the topics that are produced to, made anew or not.</summary>
    protected SimulatedTopics Existing { get; } = new(Partitions);

    public async Task PlayAsync()
    {
        await Broker.StartAsync();
        await using var stopped = Broker;
        foreach (string topic in Topics) Existing.Add(topic, await Broker.CreateTopicAsync(topic, Partitions));
        for (int process = 1; process <= 2; process++) _producers.Add(new(Broker, History, Chance, process, Existing, Topics[process % Topics.Count]));
        Clients.AddRange(_producers);
        await BeginAsync();
        for (int step = 0; step < Steps; step++)
        {
            if (Chance.Next(25) == 0) Broker.FailAfter(Chance.Next(1, 60));
            if (Chance.Next(80) == 0) await RestartAsync(BrokerEnd.Stop);
            if (Chance.Next(100) == 0) Change();
            await StepAsync(Clients[Chance.Next(Clients.Count)]);
        }
        EndFaults();
        await SettleAsync();
        foreach (var begin in Trials)
        {
            begin();
            for (int rounds = Chance.Next(RoundsOfTrialMax); rounds > 0; rounds--) await PlayRoundAsync();
            // Who is missing, and who is waited for, is then known from what is stored alone.
            if (Chance.Next(2) == 0) await RestartAsync(BrokerEnd.PowerCut);
            await SettleAsync();
        }
        Assert.Contains(History, static happened => happened is Sent { Outcome: SendOutcome.Acknowledged });
        Assert.Empty(Anomalies());
    }

    /// <summary>Makes the clients of the topics to which is produced.</summary>
    protected abstract Task BeginAsync();

    /// <summary>Somebody changes what there is, now and then.</summary>
    protected virtual void Change()
    {
    }

    /// <summary>Nothing fails from here on.</summary>
    protected virtual void EndFaults()
    {
        Broker.FailAfter(int.MaxValue / 2);
        foreach (var client in Clients) client.IsReliable = true;
        foreach (var producer in _producers) producer.IsDraining = true;
    }

    /// <summary>All that can be owned has an owner, and nothing is under way that would change it.</summary>
    protected virtual bool IsStable => true;

    /// <summary>How long it may then take until everything is read that was produced before, in simulated time.</summary>
    protected virtual TimeSpan Patience => TimeSpan.FromMinutes(30);

    /// <summary>Somebody looks on from outside, who takes no time for it.</summary>
    protected virtual Task LookAsync() => Task.CompletedTask;

    protected abstract Task<bool> IsDoneAsync();

    /// <summary>What befalls the clients, one after the other, each time that all have come to their end: they must come to it again.</summary>
    protected virtual IReadOnlyList<Action> Trials => [];

    /// <summary>How far it is, where it comes to no end.</summary>
    protected abstract string Describe();

    /// <summary>What the history has that it must not have.</summary>
    protected abstract IReadOnlyList<Anomaly> Anomalies();

    private async Task StepAsync(SimulatedClient client)
    {
        await client.MeetLateAsync();
        await client.StepAsync();
        Broker.Advance(StepTime);
        if (Broker.IsDown) await RestartAsync(Chance.Next(2) == 0 ? BrokerEnd.PowerCut : BrokerEnd.Kill);
        await LookAsync();
    }

    private async Task RestartAsync(BrokerEnd end)
    {
        Restarts++;
        await Broker.RestartAsync(end);
        History.Add(new BrokerLost());
    }

    private async Task SettleAsync()
    {
        var stabilized = await PlayUntilAsync(() => Task.FromResult(IsStable), StabilityPatience);
        if (stabilized > Stabilizing) Stabilizing = stabilized;
        await PlayUntilAsync(IsDoneAsync, Patience);
    }

    /// <summary>How long it took.</summary>
    private async Task<TimeSpan> PlayUntilAsync(Func<Task<bool>> isReached, TimeSpan patience)
    {
        var begunAt = Broker.Now;
        while (!await isReached())
        {
            if (Broker.Now - begunAt > patience)
                Assert.Fail($"It comes to no end in {patience}: {Describe()}; {string.Join("; ", Clients)}; {string.Join("; ", Anomalies())}");
            await PlayRoundAsync();
        }
        return Broker.Now - begunAt;
    }

    private async Task PlayRoundAsync()
    {
        foreach (var client in Clients) await StepAsync(client);
        await Broker.CatchUpAsync();
    }
}
