using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Sharing;
using Moldau.Broker.Waits;
using Moldau.Log;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>Fetches for a member until there is enough, or its time is over. Woken when a log grows, or a share partition has records again.</summary>
internal sealed class ShareFetchWaiting(BrokerServices services, FetchWaits waits)
{
    /// <summary>
    /// So much time partitions get to be taken up, also where the client does not wait for records, or it would never have any. Longer the
    /// others do not wait for them.
    /// </summary>
    private static readonly TimeSpan TakingUp = TimeSpan.FromSeconds(1);

    private readonly FetchReader _reader = new(services.Partitions);

    /// <summary>One for each partition of the session.</summary>
    public async Task<IReadOnlyList<ShareFetched>> FetchAsync(RequestContext context, ShareFetchRequest request, ShareRound round)
    {
        var pass = new ShareFetchPass(services, _reader, request, round);
        context.HoldUntilSent(pass.Reads);
        long begunAt = services.Time.GetTimestamp();
        var atMost = FetchWaits.AtMost(request.MaxWaitMs);
        List<ShareTarget> targets = [];
        for (var finding = TakingUp; IsAwaited(context, round); finding = Shorter(TakingUp, atMost - services.Time.GetElapsedTime(begunAt)))
        {
            targets = await pass.FindAsync(finding, context.ConnectionClosed).ConfigureAwait(false);
            using var wait = waits.Begin(LogsOf(targets));
            foreach (var target in targets) target.Share?.Watch(wait);
            try
            {
                while (IsAwaited(context, round))
                {
                    var left = atMost - services.Time.GetElapsedTime(begunAt);
                    if (pass.TryFetch(targets, wait, isLast: left <= TimeSpan.Zero) is { } fetched)
                        return HandOut(round.Session!, targets, fetched);
                    if (targets.Exists(target => target.IsToCome || target.Share is { IsClosed: true })) break; // Another may be there by now.
                    await wait.WaitAsync(left, context.ConnectionClosed).ConfigureAwait(false);
                }
            }
            finally
            {
                foreach (var target in targets) target.Share?.Unwatch(wait);
            }
        }
        return ShareFetchPass.Nothing(targets);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    /// <summary>
    /// A session that ended while its records were read has given back what the member had before; these go back here. They alone: another
    /// session of the member may have some by now. Nobody was told of them, so they do not count as delivered.
    /// </summary>
    private IReadOnlyList<ShareFetched> HandOut(ShareSession session, List<ShareTarget> targets, IReadOnlyList<ShareFetched> fetched)
    {
        var served = targets.Zip(fetched).Where(pair => pair.Second.Acquired.Count > 0).ToList();
        if (services.Sharing.Sessions.TryNoteServed(session, served.Select(pair => pair.First.At))) return fetched;
        foreach (var (target, taken) in served) target.Share!.Undeliver(session.Key.MemberId, taken.Acquired);
        return ShareFetchPass.Nothing(targets);
    }

    /// <summary>Nobody would acknowledge what is acquired for a closed connection, or a session that is over.</summary>
    private static bool IsAwaited(RequestContext context, ShareRound round) =>
        !context.ConnectionClosed.IsCancellationRequested && round.Session is { IsOver: false };

    private static PartitionLog[] LogsOf(List<ShareTarget> targets) =>
        [.. targets.Where(target => target.Share is not null).Select(target => target.Partition!.Log).Distinct()];
}
