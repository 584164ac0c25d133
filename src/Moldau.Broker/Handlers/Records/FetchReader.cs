using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Records;

/// <summary>What a fetch as a whole allows.</summary>
internal readonly record struct FetchBounds(int BytesMin, int BytesMax, ReadBound Bound, bool UsesTopicIds, bool IsFromReplica);

/// <summary>One pass over the partitions of a fetch, in their order, until the answer is full.</summary>
internal sealed class FetchReader(Partitions partitions)
{
    public void Read(FetchRound round, in FetchBounds bounds, FetchReads reads)
    {
        int bytesLeft = bounds.BytesMax;
        foreach (var target in round.Targets)
        {
            bytesLeft -= ReadOne(target, bounds, bytesLeft, reads);
        }
    }

    /// <summary>Reads one partition and returns how many bytes it took.</summary>
    private int ReadOne(FetchTarget target, in FetchBounds bounds, int bytesLeft, FetchReads reads)
    {
        if (LookAt(target, bounds, out var partition) is { } told)
        {
            reads.Add(told);
            return 0;
        }
        bool isFirst = reads.Bytes == 0;
        var claim = reads.Claim(Math.Min(target.BytesMax, Math.Max(bytesLeft, 0)));
        var read = partition.Log.Read(target.Offset, claim.Bytes, bounds.Bound, isFirst ? OversizedBatch.Return : OversizedBatch.Omit);
        reads.Add(new FetchRead { Target = target, Partition = partition, Error = read.Error, Read = read }, claim);
        return read.Records.Length;
    }

    /// <summary>What there is to tell without reading anything: an error, or an epoch that diverges.</summary>
    private FetchRead? LookAt(FetchTarget target, in FetchBounds bounds, out Partition partition)
    {
        var error = Find(target, bounds.UsesTopicIds, out partition);
        if (error == ErrorCode.None) error = Check(target, partition, bounds);
        if (error != ErrorCode.None) return new FetchRead { Target = target, Error = error, Partition = partition };
        return Diverging(target, partition.Log) is { } diverging ? Diverged(target, partition, diverging) : null;
    }

    private ErrorCode Find(FetchTarget target, bool usesTopicIds, out Partition partition)
    {
        if (!usesTopicIds) return partitions.Find(target.Key.Topic, target.Key.Index, out partition);
        var error = partitions.Find(target.Key.TopicId, target.Key.Index, out partition);
        if (error == ErrorCode.None) target.FoundName ??= partition.Log.Name.Topic;
        if (error != ErrorCode.UnknownTopicId || target.FoundName is not { } name) return error;
        bool wasMadeAgain = partitions.Find(name, target.Key.Index, out _) == ErrorCode.None;
        return wasMadeAgain ? ErrorCode.InconsistentTopicId : error;
    }

    private static ErrorCode Check(FetchTarget target, Partition partition, in FetchBounds bounds)
    {
        // Moldau has no replicas: whoever says to be one is not this partition's.
        if (bounds.IsFromReplica) return ErrorCode.NotLeaderOrFollower;
        if (target.CurrentLeaderEpoch > partition.LeaderEpoch) return ErrorCode.UnknownLeaderEpoch;
        if (target.CurrentLeaderEpoch >= 0 && target.CurrentLeaderEpoch < partition.LeaderEpoch) return ErrorCode.FencedLeaderEpoch;
        return target.BytesMax < 0 || bounds.BytesMax < 0 ? ErrorCode.UnknownServerError : ErrorCode.None;
    }

    private static (int LeaderEpoch, long EndOffset)? Diverging(FetchTarget target, PartitionLog log)
    {
        if (target.LastFetchedEpoch < 0) return null;
        var end = log.EndOffsetForLeaderEpoch(target.LastFetchedEpoch);
        bool isDiverging = end.EndOffset < 0 || end.EndOffset < target.Offset || end.LeaderEpoch < target.LastFetchedEpoch;
        return isDiverging ? end : null;
    }

    // An epoch that the log has never had cannot be said to end anywhere.
    private static FetchRead Diverged(FetchTarget target, Partition partition, (int LeaderEpoch, long EndOffset) end) => end.EndOffset < 0
        ? new FetchRead { Target = target, Partition = partition, Error = ErrorCode.OffsetOutOfRange }
        : new FetchRead { Target = target, Partition = partition, Diverging = end, Read = OffsetsOf(partition.Log) };

    private static LogRead OffsetsOf(PartitionLog log) => new(null, default)
    {
        LogStartOffset = log.LogStartOffset,
        HighWatermark = log.HighWatermark,
        LastStableOffset = log.LastStableOffset,
    };
}
