using System.Diagnostics;
using Moldau.TestKit;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// Producers, a group that copies exactly once, and readers, against a broker that dies at any operation of its disk, over a network that
/// loses and repeats requests and answers. What they saw is checked for all that no log may show.
/// </summary>
public sealed class WholeBrokerTests
{
    private const int SeedsUsually = 15, Steps = 400, Partitions = 2;

    // Timers run on threads of their own, which a busy machine may keep waiting while simulated time flies.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan SimulatedStep = TimeSpan.FromMilliseconds(300);

    [Fact]
    public async Task Whatever_dies_and_gets_lost_clients_see_each_record_once_and_in_its_order()
    {
        int seeds = Searches.Rounds(SeedsUsually), restarts = 0, events = 0, records = 0;
        for (int seed = 0; seed < seeds; seed++)
        {
            var run = new Run(seed);
            try
            {
                await run.PlayAsync();
                Assert.Empty(HistoryChecker.Check(run.History));
            }
            catch (Exception failure)
            {
                throw new InvalidOperationException($"Seed {seed}: {failure.Message}", failure);
            }
            restarts += run.Restarts;
            events += run.History.Count;
            records += run.Copied;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"{seeds} runs of a whole broker with seed 0 and on: {restarts} restarts, {events} events and {records} records copied without an anomaly");
    }

    private sealed class Run(int seed)
    {
        private readonly Random _chance = new(seed);
        private readonly SimulatedBroker _broker = new(seed);
        private readonly List<SimulatedProducer> _producers = [];
        private readonly List<SimulatedClient> _clients = [];

        public List<HistoryEvent> History { get; } = [];

        public int Restarts { get; private set; }

        public int Copied { get; private set; }

        public async Task PlayAsync()
        {
            await _broker.StartAsync();
            await using var stopped = _broker;
            var from = await _broker.CreateTopicAsync("from", Partitions);
            await _broker.CreateTopicAsync("to", Partitions);
            var route = new SimulatedCopier.Route("from", from, "to", "copiers");
            for (int process = 1; process <= 2; process++) _producers.Add(new(_broker, History, _chance, process, "from", Partitions));
            var before = new SimulatedReader(_broker, History, _chance, process: 5, "from", Partitions);
            var after = new SimulatedReader(_broker, History, _chance, process: 6, "to", Partitions);
            _clients.AddRange([.. _producers, new SimulatedCopier(_broker, History, _chance, 3, route), new SimulatedCopier(_broker, History, _chance, 4, route), before, after]);

            for (int step = 0; step < Steps; step++)
            {
                if (_chance.Next(25) == 0) _broker.FailAfter(_chance.Next(1, 60));
                await StepAsync(_clients[_chance.Next(_clients.Count)]);
            }
            await SettleAsync(
                () => _producers.TrueForAll(producer => producer.IsDone) && before.Values.Count >= Acknowledged && Copies(after).Count() >= before.Values.Count,
                () => $"{Acknowledged} acknowledged, {before.Values.Count} read, {after.Values.Count} copied, not {string.Join(' ', before.Values.Except(Copies(after)))}; "
                    + string.Join("; ", _clients));
            Assert.NotEmpty(before.Values);
            Assert.Equal(before.Values.Order(), Copies(after).Order());
            Copied = after.Values.Count;
        }

        private static IEnumerable<string> Copies(SimulatedReader reader) => reader.Values.Select(value => value.Split('/')[0]);

        private int Acknowledged => History.Count(happened => happened is Sent { Topic: "from", Outcome: SendOutcome.Acknowledged });

        private async Task StepAsync(SimulatedClient client)
        {
            await client.StepAsync();
            _broker.Advance(SimulatedStep);
            if (!_broker.IsDown) return;
            Restarts++;
            await _broker.RestartAsync(losesPower: _chance.Next(2) == 0);
        }

        /// <summary>Nothing fails any more: everybody comes to his end.</summary>
        private async Task SettleAsync(Func<bool> isDone, Func<string> state)
        {
            _broker.FailAfter(int.MaxValue / 2);
            foreach (var client in _clients) client.IsReliable = true;
            foreach (var producer in _producers) producer.IsDraining = true;
            long begunAt = Stopwatch.GetTimestamp();
            while (!isDone())
            {
                Assert.True(Stopwatch.GetElapsedTime(begunAt) < Patience, $"Not all has been copied: {state()}");
                foreach (var client in _clients) await StepAsync(client);
            }
        }
    }
}
