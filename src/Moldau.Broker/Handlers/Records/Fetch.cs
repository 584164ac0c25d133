using Moldau.Broker.Waits;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Records;

/// <summary>
/// Fetch (key 1), v4-v18. Reads, and waits while there are fewer bytes than wanted and time is left. Sessions from v7, topic ids from v13.
/// What was appended but is not durable yet is waited for even without time: whoever was told that his write is there can read it.
/// </summary>
internal sealed class Fetch(BrokerServices services, FetchSessions sessions, FetchWaits waits) : IHandler<FetchRequest, FetchResponse>
{
    private const sbyte ReadCommitted = 1;

    private readonly FetchReader _reader = new(services.Partitions);
    private readonly int _bytesMax = services.Config.FetchBytesMax;

    public static Fetch Create(BrokerServices services) => new(
        services,
        new FetchSessions(services.Config.FetchSessions, services.Time),
        new FetchWaits(services.Time));

    public ValueTask<FetchResponse?> HandleAsync(RequestContext context, FetchRequest request)
    {
        if (request.IsolationLevel is not (0 or ReadCommitted)) return new(Refuse(context, request, ErrorCode.UnknownServerError));
        var round = sessions.Begin(request, context.Version);
        if (round.Targets.Count == 0) return new(new FetchResponse { ErrorCode = round.Error, SessionId = round.SessionId });
        var bounds = BoundsOf(context, request);
        var reads = new FetchReads(services.Memory, round.Targets.Count);
        context.HoldUntilSent(reads);
        _reader.Read(round, bounds, reads);
        bool mustWait = HidesAppended(reads) || (!IsEnough(bounds, reads) && request.MaxWaitMs > 0);
        request.ForgottenTopicsData.Clear(); // The session knows, and the names would be kept for as long as the fetch waits.
        return mustWait ? WaitAsync(context, request, round, reads) : new(Answer(context, round, reads, bounds));
    }

    public FetchResponse Refuse(RequestContext context, FetchRequest request, ErrorCode error) => FetchAnswer.Refusal(request, error);

    private FetchBounds BoundsOf(RequestContext context, FetchRequest request) => new(
        Math.Min(request.MinBytes, Math.Min(request.MaxBytes, _bytesMax)), // More would never be there.
        Math.Min(request.MaxBytes, _bytesMax),
        request.IsolationLevel == ReadCommitted ? ReadBound.LastStableOffset : ReadBound.HighWatermark,
        context.Version >= FetchSessions.FirstVersionWithTopicIds,
        request.ReplicaId >= 0 || request.ReplicaState.ReplicaId >= 0);

    private static bool IsEnough(in FetchBounds bounds, FetchReads reads) => reads.EndsWait || reads.Bytes >= bounds.BytesMin;

    /// <summary>Whether something was read to its committed end, with more behind it that only awaits its flush.</summary>
    private static bool HidesAppended(FetchReads reads)
    {
        foreach (var read in reads.All)
        {
            // The high watermark of the read counts, not today's: the flush may have ended in between, and the read lacks what it brought.
            if (read is not { EndsWait: false, Partition.Log: var log } || log.LogEndOffset <= read.Read.HighWatermark) continue;
            if (read.Read.Records.Length < read.Target.BytesMax) return true;
        }
        return false;
    }

    private async ValueTask<FetchResponse?> WaitAsync(RequestContext context, FetchRequest request, FetchRound round, FetchReads reads)
    {
        var bounds = BoundsOf(context, request);
        var closed = context.ConnectionClosed;
        var atMost = FetchWaits.AtMost(request.MaxWaitMs);
        long begunAt = services.Time.GetTimestamp();
        if (HidesAppended(reads))
        {
            var appendedTo = LogsOf(reads);
            reads.Clear();
            await SettledAsync(appendedTo).ConfigureAwait(false);
            Read(round, bounds, reads);
            if (IsEnough(bounds, reads) || request.MaxWaitMs <= 0) return Answer(context, round, reads, bounds);
        }
        var logs = LogsOf(reads);
        using var wait = waits.Begin(logs);
        var whole = Array.FindAll(logs, log => log.Failure is null);
        while (true)
        {
            Read(round, bounds, reads);
            var left = atMost - services.Time.GetElapsedTime(begunAt);
            bool isOver = left <= TimeSpan.Zero || closed.IsCancellationRequested || HasFailed(whole);
            if (isOver || IsEnough(bounds, reads)) return Answer(context, round, reads, bounds);
            // Reading all again before there is what is missing would only read the same bytes again.
            var growth = new FetchGrowth(reads, bounds);
            reads.Clear(); // A fetch that only waits must not keep from others the memory that they need.
            do
            {
                await wait.WaitAsync(left, closed).ConfigureAwait(false);
                left = atMost - services.Time.GetElapsedTime(begunAt);
            }
            while (left > TimeSpan.Zero && !closed.IsCancellationRequested && !HasFailed(whole) && !growth.MayBeEnough());
        }
    }

    /// <summary>Whether a log was deleted, or its disk has failed, since the wait began: nothing more will come of it.</summary>
    private static bool HasFailed(PartitionLog[] whole) => Array.Exists(whole, log => log.Failure is not null);

    private void Read(FetchRound round, in FetchBounds bounds, FetchReads reads)
    {
        reads.Clear();
        _reader.Read(round, bounds, reads);
    }

    private static PartitionLog[] LogsOf(FetchReads reads) => [.. reads.All.Select(read => read.Partition?.Log).OfType<PartitionLog>().Distinct()];

    /// <summary>Waits for the flush that is under way, if there is one.</summary>
    private static async ValueTask SettledAsync(PartitionLog[] logs)
    {
        foreach (var log in logs)
        {
            try { await log.SettledAsync().ConfigureAwait(false); }
            catch (LogOfflineException) { /* Reading it again says so. */ }
        }
    }

    private FetchResponse Answer(RequestContext context, FetchRound round, FetchReads reads, in FetchBounds bounds)
    {
        services.Metrics.Fetched(reads.Bytes);
        return new FetchAnswer(context, services.NodeId, services.Config.Rack).Of(round, reads, bounds.Bound);
    }
}
