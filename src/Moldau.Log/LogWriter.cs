using System.Text;

using Moldau.Log.Files;
using Moldau.Log.Producers;
using Moldau.Log.Segments;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log;

/// <summary>What an append does to a log's files and state. All of it runs under the partition's lock.</summary>
internal sealed class LogWriter(LogEnvironment environment, PartitionLog log)
{
    /// <summary>So long after an append found no room, what is behind it may be in flight still. Clients come again sooner.</summary>
    private const long InFlightMs = 10_000;

    private readonly RefusedProducers _refused = new();
    private bool _lacksRoom;
    private long _lackedRoomMs;

    /// <summary>Whether a batch may be appended, and the batch that it repeats.</summary>
    public (ErrorCode Error, ProducedBatch? Repeated) Check(ReadOnlySpan<byte> batch, in BatchHeader header, in AppendContext context)
    {
        if (!header.HasProducerId) return (ErrorCode.None, null);
        if (TransactionMarker.Read(batch, header) is { } marker) return (log.Producers.CheckMarker(header, marker, context, environment.NowMs), null);
        return context.Origin == AppendOrigin.Client
            ? CheckSequence(header, context)
            : (log.Producers.CheckTransaction(header, context, environment.NowMs), null);
    }

    /// <summary>Appends a batch that has its place. False where there is no room: the log is as it was, and a later append may succeed.</summary>
    public bool TryAppend(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        try
        {
            environment.Committer?.Claim(batch);
            WriteClaimed(batch, header);
        }
        catch (StorageExhaustedException e)
        {
            NoteRefused(header, BatchRefusal.InPassing);
            if (!_lacksRoom) environment.Observer.AppendRefused(log.Name, e);
            _lacksRoom = true;
            _lackedRoomMs = environment.NowMs;
            return false;
        }
        if (header.HasProducerId) _refused.Appended(header);
        _lacksRoom = false;
        return true;
    }

    /// <summary>
    /// What comes behind the batch must wait until it has come again. Where the log knows the producer it sees the gap by itself.
    /// </summary>
    public void NoteRefused(in BatchHeader header, BatchRefusal refusal)
    {
        if (header is not { HasProducerId: true, IsControl: false } || log.Producers.Find(header.ProducerId, environment.NowMs) is not null) return;
        if (refusal == BatchRefusal.InPassing) _refused.Refused(header);
        else _refused.GivenUp(header);
    }

    private void WriteClaimed(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        try
        {
            Write(batch, header);
        }
        catch
        {
            environment.Committer?.Unclaim(batch);
            throw;
        }
    }

    /// <summary>Writes a batch that has its place already, in a new segment if the present one is full.</summary>
    public void Write(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        var settings = log.Settings;
        if (MustRoll(log.Segments.Active, header, settings)) Roll();
        log.Segments.Active.Append(batch, header, settings.IndexIntervalBytes);
        log.Epochs.Assign(header.LeaderEpoch, header.BaseOffset);
        if (header.HasProducerId) UpdateProducers(batch, header);
    }

    /// <summary>
    /// Gives the producers' state to a snapshot, for a start that reads no batches. It is a resume point too, so the sealed indexes
    /// must be durable before.
    /// </summary>
    public void WriteLastSnapshot()
    {
        string path = SegmentFiles.PathOf(log.Identity.Directory, log.LogEndOffset, SegmentFiles.ProducerSnapshot);
        environment.Files.WriteAtomically(path, log.Producers.Snapshot(environment.NowMs));
    }

    /// <summary>
    /// What comes behind a batch that was refused for want of room is out of order only because of that. As long as there is none, it is
    /// refused like it, and the client sends both again. A producer that gave up the refused batch is told of the gap in the end.
    /// </summary>
    private (ErrorCode Error, ProducedBatch? Repeated) CheckSequence(in BatchHeader header, in AppendContext context)
    {
        var (error, repeated) = log.Producers.Check(header, context, environment.NowMs);
        if (error == ErrorCode.None && repeated is null && _refused.IsBehindRefused(header)) error = ErrorCode.OutOfOrderSequenceNumber;
        bool isOfRoom = error == ErrorCode.OutOfOrderSequenceNumber && _lacksRoom && environment.NowMs - _lackedRoomMs < InFlightMs;
        return (isOfRoom ? ErrorCode.KafkaStorageError : error, repeated);
    }

    private static bool IsIndexFull(Segment segment, LogSettings settings) =>
        segment.Offsets.Entries.Count >= settings.SegmentIndexBytes / OffsetIndex.EntryBytes
        // One place is kept for the entry that sealing adds.
        || segment.Times.Entries.Count >= settings.SegmentIndexBytes / TimeIndex.EntryBytes - 1;

    private bool MustRoll(Segment active, in BatchHeader header, LogSettings settings)
    {
        if (active.WrittenBytes == 0) return false;
        if (header.TotalBytes > settings.SegmentBytes - active.WrittenBytes) return true;
        if (header.LastOffset - active.BaseOffset > int.MaxValue) return true;
        return IsIndexFull(active, settings) || AgeMs(active, header) > settings.RollMs - JitterMs(active, settings);
    }

    /// <summary>By the records' own time, where they have one.</summary>
    private long AgeMs(Segment active, in BatchHeader header) =>
        active.FirstTimestampMs >= 0 ? header.MaxTimestamp - active.FirstTimestampMs : environment.NowMs - active.CreatedMs;

    /// <summary>Spread by the partition's name and the segment's offset: the same after a restart, different between partitions.</summary>
    private long JitterMs(Segment active, LogSettings settings)
    {
        long max = Math.Min(settings.SegmentJitterMs, settings.RollMs);
        if (max <= 0) return 0;
        uint ofName = Crc32C.Compute(Encoding.UTF8.GetBytes(log.Name.ToString()));
        return (ofName ^ (uint)active.BaseOffset) % max;
    }

    /// <summary>No more batches come to the active segment.</summary>
    public void SealActive()
    {
        log.Segments.Active.CutTail();
        log.Segments.Active.Seal();
    }

    /// <summary>Ends the active segment and begins an empty one behind it.</summary>
    public void Roll()
    {
        SealActive();
        var segment = BeginSegment();
        segment.UnwrittenSnapshot = log.Producers.Snapshot(environment.NowMs);
        segment.IsDirty = true;
        log.Segments.Add(segment);
    }

    /// <summary>Begins a segment at the log's end, or leaves no file of it: the log may go on in the one before it.</summary>
    private Segment BeginSegment()
    {
        var segment = new Segment(environment.Files, log.Identity.Directory, log.LogEndOffset, environment.NowMs);
        try
        {
            segment.StartEmpty();
            return segment;
        }
        catch
        {
            segment.Dispose();
            if (environment.Files.FileExists(segment.Log.Path)) environment.Files.DeleteFile(segment.Log.Path);
            throw;
        }
    }

    private void UpdateProducers(ReadOnlySpan<byte> batch, in BatchHeader header)
    {
        long nowMs = environment.NowMs;
        if (TransactionMarker.Read(batch, header) is { } marker)
        {
            EndTransaction(header, marker, nowMs);
        }
        else if (!header.IsControl)
        {
            log.Producers.Update(header, nowMs);
            if (header.IsTransactional) log.Stable.Begin(log.Producers.Find(header.ProducerId, nowMs)!.TransactionFirstOffset);
        }
    }

    private void EndTransaction(in BatchHeader header, TransactionMarker marker, long nowMs)
    {
        if (log.Producers.Complete(header, marker, nowMs) is not { } first) return;
        long lastStable = log.Stable.End(first, header.LastOffset);
        if (marker.IsCommit) return;
        log.Segments.Active.Aborted.Add(new AbortedTransaction(header.ProducerId, first, header.LastOffset, lastStable));
    }
}
