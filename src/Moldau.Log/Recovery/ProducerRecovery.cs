using Moldau.Log.Files;
using Moldau.Log.Producers;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Log.Recovery;

/// <summary>Brings the producers' state to the log's end: the latest snapshot that can be read, and the batches behind it.</summary>
internal sealed class ProducerRecovery(LogEnvironment environment, string directory)
{
    /// <summary>
    /// Snapshots beyond the end describe a log that is gone; they are deleted. Those beyond the first segment that was scanned
    /// are not taken either: the scan has emptied the abort indexes, which the replay fills again. Null stands for
    /// a log whose files were all believed.
    /// </summary>
    public ProducerStates Recover(ReadOnlySpan<Segment> segments, long logEnd, long? scannedFrom)
    {
        DeleteBeyond(logEnd);
        var producers = new ProducerStates(environment.ProducerIdExpirationMs);
        long from = segments[0].BaseOffset;
        foreach (long offset in SnapshotOffsets(environment.Files, directory).Where(offset => offset <= (scannedFrom ?? logEnd)).OrderDescending())
        {
            if (ProducerSnapshot.Read(environment.Files.ReadAll(PathOf(offset))) is not { } snapshot) continue;
            producers.Load(snapshot, environment.NowMs);
            from = offset;
            break;
        }
        Replay(segments, from, scannedFrom, producers);
        DeleteStrays(segments, from);
        return producers;
    }

    private static IEnumerable<long> SnapshotOffsets(IFileStore files, string directory) =>
        files.FileNames(directory).Select(name => SegmentFiles.OffsetOf(name, SegmentFiles.ProducerSnapshot)).OfType<long>();

    private void DeleteBeyond(long logEnd)
    {
        var beyond = SnapshotOffsets(environment.Files, directory).Where(offset => offset > logEnd).ToList();
        foreach (long offset in beyond) environment.Files.DeleteFile(PathOf(offset));
        // At once: one that came back would describe other batches by then.
        if (beyond.Count > 0) environment.Files.FlushDirectory(directory);
    }

    /// <summary>A clean stop leaves a snapshot at the log's end, which need not be where a segment begins. The latest of them is enough.</summary>
    private void DeleteStrays(ReadOnlySpan<Segment> segments, long latest)
    {
        var bases = new HashSet<long> { latest };
        foreach (var segment in segments) bases.Add(segment.BaseOffset);
        foreach (long offset in SnapshotOffsets(environment.Files, directory).Where(offset => !bases.Contains(offset)).ToList())
        {
            environment.Files.DeleteFile(PathOf(offset));
        }
    }

    private string PathOf(long offset) => SegmentFiles.PathOf(directory, offset, SegmentFiles.ProducerSnapshot);

    private void Replay(ReadOnlySpan<Segment> segments, long from, long? scannedFrom, ProducerStates producers)
    {
        Span<byte> window = stackalloc byte[HeaderWalk.WindowBytes];
        foreach (var segment in segments)
        {
            if (segment.BaseOffset >= Math.Max(from, scannedFrom ?? long.MaxValue) && segment != segments[0])
            {
                TakeSnapshot(segment, isThere: segment.BaseOffset == from, producers);
            }
            if (segment.Locate(Math.Max(from, segment.BaseOffset), segment.Size) is not { } start) continue;
            var walk = new HeaderWalk(segment.Log, start.Position, segment.Size, window);
            while (walk.MoveNext()) Replay(segment, walk, producers);
        }
    }

    /// <summary>
    /// Each segment begins with a snapshot again, for the day when those before it are deleted. One that was found may stand in
    /// the page cache only.
    /// </summary>
    private void TakeSnapshot(Segment segment, bool isThere, ProducerStates producers)
    {
        segment.SnapshotIsDirty = segment.IsDirty = true;
        if (isThere) return;
        using var file = environment.Files.Open(PathOf(segment.BaseOffset), FileCreation.IfMissing);
        file.SetLength(0);
        file.Write(0, producers.Snapshot(environment.NowMs));
    }

    private void Replay(Segment segment, in HeaderWalk walk, ProducerStates producers)
    {
        var header = walk.Header;
        if (!header.HasProducerId) return;
        if (!header.IsControl)
        {
            // As with a snapshot: the batch's own time may be of any age.
            producers.Update(header, environment.NowMs);
            return;
        }
        Span<byte> batch = stackalloc byte[Math.Min(header.TotalBytes, TransactionMarker.BatchBytesMax)];
        segment.Log.Read(walk.Position, batch);
        if (TransactionMarker.Read(batch, header) is not { } marker) return;
        EndTransaction(segment, header, marker, producers);
    }

    private void EndTransaction(Segment segment, in BatchHeader header, TransactionMarker marker, ProducerStates producers)
    {
        if (producers.Complete(header, marker, environment.NowMs) is not { } first || marker.IsCommit) return;
        long lastStable = producers.OpenTransactions.Append(header.LastOffset + 1).Min();
        segment.Aborted.AddOnce(new AbortedTransaction(header.ProducerId, first, header.LastOffset, lastStable));
    }
}
