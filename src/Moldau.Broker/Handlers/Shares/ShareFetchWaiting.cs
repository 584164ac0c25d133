using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Sharing;
using Moldau.Broker.Waits;
using Moldau.Log;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>Fetches for a member until there is enough, or its time is over. Woken when a log grows, or a share partition has records again.</summary>
internal sealed class ShareFetchWaiting(BrokerServices services, FetchWaits waits)
{
    private readonly FetchReader _reader = new(services.Partitions);

    /// <summary>One for each partition of the session.</summary>
    public async Task<IReadOnlyList<ShareFetched>> FetchAsync(RequestContext context, ShareFetchRequest request, ShareRound round)
    {
        var pass = new ShareFetchPass(services, _reader, request, round);
        context.HoldUntilSent(pass.Reads);
        long begunAt = services.Time.GetTimestamp();
        var closed = context.ConnectionClosed;
        var atMost = FetchWaits.AtMost(request.MaxWaitMs);
        while (true)
        {
            var targets = await pass.FindAsync().ConfigureAwait(false);
            using var wait = waits.Begin(LogsOf(targets));
            foreach (var target in targets) target.Share?.Watch(wait);
            try
            {
                do
                {
                    var left = atMost - services.Time.GetElapsedTime(begunAt);
                    // Nobody would acknowledge what a closed connection acquires.
                    if (closed.IsCancellationRequested) return ShareFetchPass.Nothing(targets);
                    if (pass.TryFetch(targets, wait, isLast: left <= TimeSpan.Zero) is { } fetched) return fetched;
                    if (targets.Exists(target => target.Share is { IsClosed: true })) break; // Another may be there by now.
                    await wait.WaitAsync(left, closed).ConfigureAwait(false);
                }
                while (true);
            }
            finally
            {
                foreach (var target in targets) target.Share?.Unwatch(wait);
            }
        }
    }

    private static PartitionLog[] LogsOf(List<ShareTarget> targets) =>
        [.. targets.Where(target => target.Share is not null).Select(target => target.Partition!.Log).Distinct()];
}
