using System.Runtime.InteropServices;
using Moldau.Coordination.SharePartitions;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Sharing;

/// <summary>Where the whole batches of a read begin and end, and which of them belong to aborted transactions.</summary>
internal sealed class FetchedBatches
{
    private readonly List<OffsetRange> _all = [];
    private readonly List<OffsetRange> _aborted = [];

    public FetchedBatches(ReadOnlySpan<byte> records, IReadOnlyList<AbortedTransaction> abortedTransactions)
    {
        var batches = new BatchEnumerator(records);
        while (batches.MoveNext())
        {
            var range = new OffsetRange(batches.Current.FirstOffset, batches.Current.LastOffset);
            _all.Add(range);
            if (IsAborted(batches.Current, abortedTransactions)) _aborted.Add(range);
        }
    }

    public ReadOnlySpan<OffsetRange> All => CollectionsMarshal.AsSpan(_all);

    public ReadOnlySpan<OffsetRange> Aborted => CollectionsMarshal.AsSpan(_aborted);

    /// <summary>The bytes of the batches in which the acquired records lie, and of those between.</summary>
    public static ReadOnlyMemory<byte> Slice(ReadOnlyMemory<byte> records, IReadOnlyList<AcquiredRange> acquired)
    {
        long first = acquired.Min(range => range.Offsets.First), last = acquired.Max(range => range.Offsets.Last);
        int begin = -1, end = 0;
        var batches = new BatchEnumerator(records.Span);
        while (batches.MoveNext() && batches.Current.FirstOffset <= last)
        {
            if (begin < 0 && batches.Current.LastOffset >= first) begin = batches.Position;
            end = batches.WholeBytes;
        }
        return begin < 0 ? ReadOnlyMemory<byte>.Empty : records[begin..end];
    }

    /// <summary>Markers are no records of a transaction.</summary>
    private static bool IsAborted(in BatchHeader batch, IReadOnlyList<AbortedTransaction> transactions)
    {
        if (!batch.IsTransactional || batch.IsControl) return false;
        foreach (var transaction in transactions)
        {
            if (transaction.ProducerId == batch.ProducerId && transaction.FirstOffset <= batch.FirstOffset && batch.LastOffset <= transaction.LastOffset) return true;
        }
        return false;
    }
}

/// <summary>What a member wants of the share partitions that it fetches from.</summary>
internal readonly record struct ShareFetchDemand(string MemberId, ShareAcquireMode Mode, int RecordsMax, int BatchSize);
