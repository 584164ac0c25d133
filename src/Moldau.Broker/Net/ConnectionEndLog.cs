using Microsoft.Extensions.Logging;

namespace Moldau.Broker.Net;

/// <summary>
/// Logs why connections end. A client that fails in a loop must not fill the log: of each reason so many warnings a second are written,
/// then one that says that the rest is left out. The metric counts them all.
/// </summary>
internal sealed class ConnectionEndLog(ILogger logger, TimeProvider time)
{
    public const int WarningsPerSecondMax = 3;

    private readonly Lock _lock = new();
    private readonly Second[] _seconds = new Second[Enum.GetValues<ConnectionEnd>().Length];

    public void Ended(ConnectionEnd end, string client, string listener, string detail)
    {
        int turn = BrokerEvents.IsEveryday(end) ? 1 : TurnOf(end);
        if (turn <= WarningsPerSecondMax) logger.ConnectionEnded(end, client, listener, detail);
        else if (turn == WarningsPerSecondMax + 1) logger.ConnectionEndsLeftOut(end, WarningsPerSecondMax);
    }

    /// <summary>The how many-eth of its reason this is, within the second that the first of them began.</summary>
    private int TurnOf(ConnectionEnd end)
    {
        lock (_lock)
        {
            ref var second = ref _seconds[(int)end];
            if (second.Count == 0 || time.GetElapsedTime(second.Began) >= TimeSpan.FromSeconds(1)) second = new(time.GetTimestamp(), 0);
            return ++second.Count;
        }
    }

    private record struct Second(long Began, int Count);
}
