using System.Diagnostics;

namespace Moldau.Benchmarks;

/// <summary>What a broker did for askers that had one request under way each.</summary>
/// <param name="PerSecond">Requests answered.</param>
/// <param name="CpuPerRequest">Of the broker, in seconds.</param>
internal readonly record struct Load(double PerSecond, double CpuPerRequest)
{
    /// <summary>Has askers, each on a connection of its own, ask again and again for some seconds, and counts.</summary>
    public static async Task<Load> MeasureAsync(BrokerProcess broker, int askers, double seconds, Func<WireConnection, int, Task> ask)
    {
        var cpu = broker.CpuTime;
        var watch = Stopwatch.StartNew();
        long[] counts = await Task.WhenAll(Enumerable.Range(0, askers).Select(asker => Task.Run(async () =>
        {
            using var connection = new WireConnection(broker.Bootstrap);
            long count = 0;
            for (; watch.Elapsed.TotalSeconds < seconds; count++) await ask(connection, asker);
            return count;
        })));
        double elapsed = watch.Elapsed.TotalSeconds;
        return new Load(counts.Sum() / elapsed, (broker.CpuTime - cpu).TotalSeconds / counts.Sum());
    }

    /// <summary>Goes through the items once, with so many connections at a time.</summary>
    public static async Task ForEachAsync<T>(BrokerProcess broker, int connections, IReadOnlyList<T> items, Func<WireConnection, T, Task> action)
    {
        int next = -1;
        await Task.WhenAll(Enumerable.Range(0, Math.Min(connections, items.Count)).Select(_ => Task.Run(async () =>
        {
            using var connection = new WireConnection(broker.Bootstrap);
            for (int at; (at = Interlocked.Increment(ref next)) < items.Count;) await action(connection, items[at]);
        })));
    }
}
