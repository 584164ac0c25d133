using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Sharing;
using Moldau.Broker.Topics;
using Moldau.Broker.Waits;
using Moldau.Coordination.Groups;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Log;
using Moldau.Log.Segments;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>A partition of a share fetch: its leader here, or why there is none.</summary>
internal sealed record ShareTarget(TopicIdPartition At, Partition? Partition, SharePartition? Share, ShareOutcome Outcome)
{
    /// <summary>It is led here, and not taken up for the group yet.</summary>
    public bool IsToCome => Outcome.IsDone && Share is null;
}

/// <summary>What a share fetch has of one partition.</summary>
internal readonly record struct ShareFetched(TopicIdPartition At)
{
    public ShareOutcome Outcome { get; init; }

    public ReadOnlyMemory<byte> Records { get; init; }

    public IReadOnlyList<AcquiredRange> Acquired { get; init; } = [];

    public bool IsNews => !Outcome.IsDone || Acquired.Count > 0;
}

/// <summary>Passes of one share fetch over its partitions: reads what may be acquired, and acquires it once that is enough.</summary>
internal sealed class ShareFetchPass(BrokerServices services, FetchReader reader, ShareFetchRequest request, ShareRound round)
{
    /// <summary>Each asks the share coordinator, whose queue is bounded.</summary>
    private const int TakenUpAtOnce = 100;

    private readonly ReadBound _bound = services.Sharing.ConfigOf(request.GroupId!).Bound;
    private readonly int _bytesMax = Math.Min(request.MaxBytes, services.Config.FetchBytesMax);

    /// <summary>Owns the bytes until the answer is sent.</summary>
    public FetchReads Reads { get; } = new(services.Memory, round.Partitions.Count);

    /// <summary>
    /// Finds the leaders of the partitions, and waits for those that are still to be taken up, a bounded number at a time. One for which the time is
    /// too short has no news yet.
    /// </summary>
    public async Task<List<ShareTarget>> FindAsync(TimeSpan atMost, CancellationToken closed)
    {
        var targets = round.Partitions.Select(Find).ToList();
        long begunAt = services.Time.GetTimestamp();
        var open = Enumerable.Range(0, targets.Count).Where(place => targets[place].IsToCome);
        foreach (int[] places in open.ToArray().Chunk(TakenUpAtOnce))
        {
            var left = atMost - services.Time.GetElapsedTime(begunAt);
            if (left <= TimeSpan.Zero) break;
            var finding = Array.ConvertAll(places, place => TakeUpAsync(targets[place]));
            Task all = Task.WhenAll(finding);
            await all.WaitAsync(left, services.Time, closed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            foreach (var (place, found) in places.Zip(finding))
            {
                if (found.IsCompleted) targets[place] = await found.ConfigureAwait(false);
            }
        }
        return targets;
    }

    /// <summary>
    /// Null where there is not enough yet; then nothing is acquired. The last pass takes what there is. That a partition has no leader here is
    /// told with what the others have, and only where none has one at once.
    /// </summary>
    public IReadOnlyList<ShareFetched>? TryFetch(List<ShareTarget> targets, FetchWait wait, bool isLast)
    {
        Reads.Clear();
        var begun = new List<BegunFetch>(targets.Count);
        try
        {
            for (int place = 0; place < targets.Count; place++)
            {
                var target = targets[place];
                if (target.Share?.TryBeginFetch(wait, target.Partition!.Log.LogStartOffset) is { } offset) begun.Add(new(place, target, offset));
            }
            Read(begun);
            bool mayWait = !isLast && targets.Exists(target => target.Outcome.IsDone) && !Reads.All.Exists(HasFailed);
            bool isEnough = Reads.Bytes >= Math.Min(request.MinBytes, _bytesMax) || Reads.All.Exists(read => read.Read.IsInOlderSegment);
            if (mayWait && !isEnough) return NotYet();
            var fetched = Acquire(targets, begun);
            bool isNews = targets.Zip(fetched).Any(pair => pair.First.Outcome.IsDone && pair.Second.IsNews);
            return !mayWait || isNews || request.MinBytes <= 0 ? fetched : NotYet();
        }
        finally
        {
            foreach (var (_, target, _) in begun) target.Share!.EndFetch();
        }
    }

    public static IReadOnlyList<ShareFetched> Nothing(List<ShareTarget> targets) => targets.ConvertAll(target => new ShareFetched(target.At) { Outcome = target.Outcome });

    private ShareTarget Find(TopicIdPartition at)
    {
        var error = services.Partitions.Find(at.Topic, at.Partition, out var partition);
        return error != ErrorCode.None ? new ShareTarget(at, null, null, new ShareOutcome(error))
            : new ShareTarget(at, partition, services.Sharing.Partitions.Find(KeyOf(at)), ShareOutcome.Done);
    }

    private async Task<ShareTarget> TakeUpAsync(ShareTarget target)
    {
        var lookup = await services.Sharing.Partitions.FindAsync(KeyOf(target.At), target.Partition!).ConfigureAwait(false);
        return target with { Share = lookup.Found, Outcome = lookup.Outcome };
    }

    private SharePartitionKey KeyOf(TopicIdPartition at) => new(request.GroupId!, at.Topic, at.Partition);

    private IReadOnlyList<ShareFetched>? NotYet()
    {
        Reads.Clear(); // A fetch that only waits must not keep from others the memory that they need.
        return null;
    }

    /// <summary>The bytes are shared out evenly, as Kafka does.</summary>
    private void Read(List<BegunFetch> begun)
    {
        if (begun.Count == 0) return;
        var bounds = new FetchBounds(request.MinBytes, _bytesMax, _bound, UsesTopicIds: true, IsFromReplica: false);
        var reads = new FetchRound { Targets = begun.ConvertAll(read => TargetOf(read.Target.At, read.Offset, _bytesMax / begun.Count)) };
        reader.Read(reads, bounds, Reads);
    }

    private static FetchTarget TargetOf(TopicIdPartition at, long offset, int bytesMax)
    {
        var target = new FetchTarget(new FetchKey("", at.Topic, at.Partition));
        target.Update(new() { FetchOffset = offset, PartitionMaxBytes = bytesMax, CurrentLeaderEpoch = -1, LastFetchedEpoch = -1 });
        return target;
    }

    private List<ShareFetched> Acquire(List<ShareTarget> targets, List<BegunFetch> begun)
    {
        var fetched = targets.ConvertAll(target => new ShareFetched(target.At) { Outcome = target.Outcome });
        long recordsLeft = request.MaxRecords;
        for (int index = 0; index < begun.Count; index++)
        {
            var (place, target, offset) = begun[index];
            var taken = Acquire(target, offset, Reads.All[index], (int)Math.Max(recordsLeft, 0));
            recordsLeft -= taken.Acquired.Sum(range => range.Offsets.Count);
            fetched[place] = taken;
        }
        services.Metrics.Fetched(fetched.Sum(partition => (long)partition.Records.Length));
        return fetched;
    }

    /// <summary>Not where the log has moved while it was read: the next fetch begins elsewhere.</summary>
    private static bool HasFailed(FetchRead read) => read.Error is not (ErrorCode.None or ErrorCode.OffsetOutOfRange);

    private ShareFetched Acquire(ShareTarget target, long offset, in FetchRead read, int recordsMax)
    {
        if (HasFailed(read)) return new ShareFetched(target.At) { Outcome = new ShareOutcome(read.Error) };
        if (read.Error != ErrorCode.None || read.Read.Records.IsEmpty) return new ShareFetched(target.At);
        if (!TryFindAborted(target, offset, read, out var aborted)) return new ShareFetched(target.At) { Outcome = new ShareOutcome(ErrorCode.KafkaStorageError) };
        var demand = new ShareFetchDemand(request.MemberId!, (ShareAcquireMode)request.ShareAcquireMode, recordsMax, request.BatchSize);
        var acquired = target.Share!.Acquire(demand, offset, new FetchedBatches(read.Read.Records.Span, aborted));
        if (acquired.Count == 0) return new ShareFetched(target.At);
        return new ShareFetched(target.At) { Acquired = acquired, Records = FetchedBatches.Slice(read.Read.Records, acquired) };
    }

    /// <summary>False: the disk does not say it, and without it aborted records would be taken for good.</summary>
    private bool TryFindAborted(ShareTarget target, long offset, in FetchRead read, out IReadOnlyList<AbortedTransaction> aborted)
    {
        aborted = [];
        if (_bound != ReadBound.LastStableOffset) return true;
        try
        {
            aborted = target.Partition!.Log.AbortedTransactions(offset, read.Read);
            return true;
        }
        catch (IOException)
        {
            return false; // The log's observer was told why.
        }
    }

    /// <summary>A partition that is read, and its place among those of the session.</summary>
    private readonly record struct BegunFetch(int Place, ShareTarget Target, long Offset);
}
