using Moldau.Log.Producers;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Log.Recovery;

/// <summary>Brings the producers' state to the log's end: the latest snapshot that can be read, and the batches behind it.</summary>
internal sealed class ProducerRecovery(LogEnvironment environment, string directory)
{
    private readonly SnapshotFiles _snapshots = new(environment, directory);

    /// <summary>First offsets of the transactions that are open where the replay stands.</summary>
    private readonly SortedSet<long> _open = [];

    /// <summary>
    /// Snapshots beyond the end describe a log that is gone; they are deleted. Those beyond the place where the scan began
    /// are not taken either: the scan has emptied the abort indexes from there on, which the replay fills again. Null stands for
    /// a log whose files were all believed.
    /// </summary>
    public ProducerStates Recover(ReadOnlySpan<Segment> segments, long logEnd, long? scannedFrom)
    {
        _snapshots.DeleteBeyond(logEnd);
        var latest = _snapshots.Readable(scannedFrom ?? logEnd).Take(2).ToList();
        var producers = new ProducerStates(environment.ProducerIdExpirationMs);
        var beginning = scannedFrom is null ? latest.FirstOrDefault() : BeforeRetries(latest, segments[0].BaseOffset);
        if (beginning is not null) producers.Load(beginning.Producers, environment.NowMs);
        _open.UnionWith(producers.OpenTransactions);
        Replay(segments, beginning?.Offset ?? segments[0].BaseOffset, scannedFrom, producers);
        if (latest.Count > 0) _snapshots.DeleteStrays(segments, before: latest[^1].Offset);
        return producers;
    }

    /// <summary>
    /// A snapshot knows the last batch of each producer only, and after an unclean stop a producer may repeat several: the
    /// replay begins one snapshot further back, or where the log began, as far as the batches from there on are still there.
    /// </summary>
    private static SnapshotAt? BeforeRetries(List<SnapshotAt> latest, long logBegin) => latest switch
    {
        [_, var second] when second.Offset >= logBegin => second,
        [var first, ..] when logBegin > 0 => first,
        _ => null,
    };

    private void Replay(ReadOnlySpan<Segment> segments, long from, long? scannedFrom, ProducerStates producers)
    {
        Span<byte> window = stackalloc byte[HeaderWalk.WindowBytes];
        foreach (var segment in segments)
        {
            if (segment.BaseOffset >= Math.Max(from, scannedFrom ?? long.MaxValue) && segment != segments[0])
            {
                TakeSnapshot(segment, producers);
            }
            if (new BatchSearch(segment).Locate(Math.Max(from, segment.BaseOffset), segment.Size) is not { } start) continue;
            var walk = new HeaderWalk(segment.Log, start.Position, segment.Size, window);
            while (walk.MoveNext()) Replay(segment, walk, producers);
        }
    }

    /// <summary>
    /// Each segment begins with a snapshot again, for the day when those before it are deleted; and one that is there may stand in
    /// the page cache only.
    /// </summary>
    private void TakeSnapshot(Segment segment, ProducerStates producers)
    {
        segment.UnwrittenSnapshot = producers.Snapshot(environment.NowMs);
        segment.IsDirty = true;
    }

    private void Replay(Segment segment, in HeaderWalk walk, ProducerStates producers)
    {
        var header = walk.Header;
        if (!header.HasProducerId) return;
        if (!header.IsControl)
        {
            // As with a snapshot: the batch's own time may be of any age.
            producers.Update(header, environment.NowMs);
            if (header.IsTransactional) _open.Add(producers.Find(header.ProducerId, environment.NowMs)!.TransactionFirstOffset);
            return;
        }
        Span<byte> batch = stackalloc byte[Math.Min(header.TotalBytes, TransactionMarker.BatchBytesMax)];
        segment.Log.Read(walk.Position, batch);
        if (TransactionMarker.Read(batch, header) is not { } marker) return;
        EndTransaction(segment, header, marker, producers);
    }

    private void EndTransaction(Segment segment, in BatchHeader header, TransactionMarker marker, ProducerStates producers)
    {
        if (producers.Complete(header, marker, environment.NowMs) is not { } first) return;
        _open.Remove(first);
        if (marker.IsCommit) return;
        long lastStable = _open.Count > 0 ? _open.Min : header.LastOffset + 1;
        segment.IsDirty |= segment.Aborted.AddOnce(new AbortedTransaction(header.ProducerId, first, header.LastOffset, lastStable));
    }
}
