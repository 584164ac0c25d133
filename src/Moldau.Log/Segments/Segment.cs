using Moldau.Log.Files;
using Moldau.Protocol.Records;

namespace Moldau.Log.Segments;

/// <summary>
/// One segment of a partition: batches in a <c>.log</c> file, with their sparse indexes. Written under the partition's lock;
/// readers take no lock, they see what <see cref="Size"/> says.
/// </summary>
internal sealed class Segment : IDisposable
{
    private readonly IStoredFile _log;
    private int _size;
    private int _written;
    private int _bytesSinceIndexEntry;
    private readonly IFileStore _files;
    private bool _isSealed;

    /// <summary>Opens the files, or makes them with the first access. Those of a segment that compaction writes have a suffix.</summary>
    public Segment(IFileStore files, string directory, long baseOffset, long createdMs, string suffix = "")
    {
        _files = files;
        Names = new SegmentNames(files, directory, this);
        BaseOffset = baseOffset;
        CreatedMs = createdMs;
        _log = files.Open(SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.Log + suffix), FileCreation.IfMissing);
        Offsets = new OffsetIndex(files.Open(SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.OffsetIndex + suffix), FileCreation.IfMissing));
        Times = new TimeIndex(files.Open(SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.TimeIndex + suffix), FileCreation.IfMissing));
        Aborted = new AbortedTransactions(files, SegmentFiles.PathOf(directory, baseOffset, SegmentFiles.AbortedTransactions + suffix));
    }

    public long BaseOffset { get; }

    /// <summary>When this process began to write to the segment: it rolls by this time if its first batch has no timestamp.</summary>
    public long CreatedMs { get; }

    public OffsetIndex Offsets { get; }

    public TimeIndex Times { get; }

    public AbortedTransactions Aborted { get; }

    public SegmentNames Names { get; }

    public IStoredFile Log => _log;

    /// <summary>Bytes that readers may see.</summary>
    public int Size => Volatile.Read(ref _size);

    /// <summary>The first batch's largest timestamp, from which the segment's age counts; -1 if there is none.</summary>
    public long FirstTimestampMs { get; private set; } = BatchHeader.None;

    /// <summary>The largest timestamp, and the last offset of the first batch that has it.</summary>
    public TimestampAndOffset Newest { get; private set; } = new(BatchHeader.None, BatchHeader.None, BatchHeader.None);

    /// <summary>What retention goes by; without any timestamp, when the file was written to last: that survives a restart.</summary>
    public long LargestTimestampMs => Newest.TimestampMs >= 0 ? Newest.TimestampMs : _files.LastWrittenMs(_log.Path) ?? CreatedMs;

    /// <summary>Bytes that stand in the file, also those that readers may not see yet.</summary>
    public int WrittenBytes => _written;

    /// <summary>Up to this position of the file recovery has a resume point; the segment's beginning is always one.</summary>
    public int ResumePosition { get; set; }

    /// <summary>Whether something stands in the page cache only.</summary>
    public bool IsDirty { get; set; }

    /// <summary>
    /// The producers' snapshot at the base offset until it is written, which is once all before it is durable: a snapshot that is there
    /// says so.
    /// </summary>
    public byte[]? UnwrittenSnapshot { get; set; }

    /// <summary>Whether the names of the files have not been made durable.</summary>
    public bool HasNewFiles { get; set; } = true;

    /// <summary>Begins an empty segment and makes its file.</summary>
    public void StartEmpty()
    {
        _log.SetLength(0);
        StartOver();
    }

    /// <summary>Forgets what is known of the file, so that its batches can be noted one by one.</summary>
    public void StartOver()
    {
        Offsets.Entries.StartEmpty();
        Times.Entries.StartEmpty();
        Aborted.Reset();
        _written = 0;
        _bytesSinceIndexEntry = 0;
        ResumePosition = 0;
        Volatile.Write(ref _size, 0);
        FirstTimestampMs = BatchHeader.None;
        Newest = new TimestampAndOffset(BatchHeader.None, BatchHeader.None, BatchHeader.None);
    }

    /// <summary>Writes a batch behind the last one. Readers see it only after <see cref="Publish"/>.</summary>
    public void Append(ReadOnlySpan<byte> batch, in BatchHeader header, int indexIntervalBytes)
    {
        // First: once the batch stands in the file nothing may fail any more.
        Offsets.Entries.LoadForAppend();
        Times.Entries.LoadForAppend();
        Aborted.LoadForAppend();
        try
        {
            _log.Write(_written, batch);
        }
        catch (StorageExhaustedException)
        {
            // Some of it may stand there, as far as there was room.
            CutTail();
            throw;
        }
        IsDirty = true;
        Note(header, indexIntervalBytes);
    }

    /// <summary>Takes up a batch that stands in the file behind those noted so far.</summary>
    public void Note(in BatchHeader header, int indexIntervalBytes)
    {
        if (_written == 0) FirstTimestampMs = header.MaxTimestamp;
        if (header.MaxTimestamp > Newest.TimestampMs) Newest = new TimestampAndOffset(header.MaxTimestamp, header.LastOffset, header.LeaderEpoch);
        if (_bytesSinceIndexEntry > indexIntervalBytes)
        {
            Offsets.Entries.Add(new OffsetPosition(Relative(header.LastOffset), _written));
            Times.AddIfNewer(new TimestampEntry(Newest.TimestampMs, Relative(Newest.Offset)));
            _bytesSinceIndexEntry = 0;
        }
        _bytesSinceIndexEntry += header.TotalBytes;
        _written += header.TotalBytes;
    }

    /// <summary>Lets readers see what was appended.</summary>
    public void Publish() => Volatile.Write(ref _size, _written);

    /// <summary>Takes the segment as its files stand, after a clean stop: only what lies behind the last index entry is walked.</summary>
    /// <returns>The offset after the last record, or null if the indexes do not fit the log and must be built anew.</returns>
    public long? Load()
    {
        _written = SegmentFiles.LengthOf(_log);
        if (Offsets.Entries.IsTooLong || Times.Entries.IsTooLong) return null;
        Offsets.Entries.UseFile();
        Times.Entries.UseFile();
        var lastEntry = Offsets.Entries.Count > 0 ? Offsets.Entries[Offsets.Entries.Count - 1] : default;
        bool fits = lastEntry.Position >= 0 && lastEntry.Position < Math.Max(_written, 1) && (Offsets.Entries.Count == 0 || lastEntry.RelativeOffset > 0);
        bool timesFit = Times.Last is not { RelativeOffset: < 0 } && (Times.Last is not null || _written == 0);
        if (!fits || !timesFit || !ReadEnds(lastEntry.Position, out long nextOffset)) return null;
        ResumePosition = _written;
        Publish();
        return nextOffset;
    }

    /// <summary>
    /// Takes the segment as its files stand up to a resume point, but for the aborted transactions, of which those behind it are to be
    /// dropped; the batches behind it are to be noted. False where they do not fit: no batch ends there, or no time is known. The segment must
    /// start over then.
    /// </summary>
    public bool TryResume(long offset)
    {
        if (Offsets.Entries.IsTooLong || Times.Entries.IsTooLong) return false;
        Offsets.UseFileBefore(Relative(offset));
        Times.UseFileBefore(Relative(offset));
        if (Times.Last is not { } newest || new BatchSearch(this).EndBefore(offset) is not { } position) return false;
        _written = ResumePosition = position;
        _bytesSinceIndexEntry = position - (Offsets.EntryBefore(Relative(offset))?.Position ?? 0);
        Newest = new TimestampAndOffset(newest.TimestampMs, BaseOffset + newest.RelativeOffset, BatchHeader.None);
        ReadFirstTimestamp();
        return true;
    }

    /// <summary>Walks over all batches to build the indexes anew.</summary>
    /// <returns>The offset after the last record.</returns>
    public long Rebuild(int indexIntervalBytes)
    {
        StartOver();
        Span<byte> window = stackalloc byte[HeaderWalk.WindowBytes];
        var walk = new HeaderWalk(_log, 0, SegmentFiles.LengthOf(_log), window);
        long nextOffset = BaseOffset;
        while (walk.MoveNext())
        {
            Note(walk.Header, indexIntervalBytes);
            nextOffset = walk.Header.NextOffset;
        }
        Publish();
        return nextOffset;
    }

    /// <summary>
    /// Cuts off what a refused append left of its batch: it would look like a torn one, and what follows in the next segment like lost.
    /// Only for the segment that is written to: in others, what cannot be read may be damaged and is kept.
    /// </summary>
    public void CutTail()
    {
        if (_log.Length > _written) _log.SetLength(_written);
    }

    /// <summary>No more batches come: the indexes get their last entry and go to their files.</summary>
    public void Seal()
    {
        AddFinalTimestamp();
        Offsets.Entries.SaveAndRelease();
        Times.Entries.SaveAndRelease();
        _isSealed = true;
        IsDirty = true;
    }

    /// <summary>
    /// Makes the files survive a power cut. The indexes of the segment being written need not: behind the last resume point they
    /// are built anew.
    /// </summary>
    public void Flush()
    {
        _log.Flush();
        Aborted.Flush();
        if (_isSealed) FlushIndexes();
    }

    /// <summary>Gives the indexes of the segment being written to their files, with the newest timestamp as it is by now.</summary>
    public void SaveIndexes()
    {
        AddFinalTimestamp();
        Offsets.Entries.Save();
        Times.Entries.Save();
    }

    public void FlushIndexes()
    {
        Offsets.Entries.Flush();
        Times.Entries.Flush();
    }

    public void Truncate(int length)
    {
        _log.SetLength(length);
        IsDirty = true;
    }

    public void Dispose()
    {
        _log.Dispose();
        Offsets.Dispose();
        Times.Dispose();
        Aborted.Dispose();
    }

    /// <summary>The offset as the indexes have it. What lies before the segment is before all of its entries, however far.</summary>
    public int Relative(long offset) => (int)Math.Clamp(offset - BaseOffset, -1, int.MaxValue);

    private void AddFinalTimestamp()
    {
        if (Newest.TimestampMs < 0) return;
        Times.AddIfNewer(new TimestampEntry(Newest.TimestampMs, Relative(Newest.Offset)));
    }

    private bool ReadEnds(int from, out long nextOffset)
    {
        nextOffset = BaseOffset;
        Span<byte> window = stackalloc byte[HeaderWalk.WindowBytes];
        ReadFirstTimestamp();
        if (Times.Last is { } last) Newest = new TimestampAndOffset(last.TimestampMs, BaseOffset + last.RelativeOffset, BatchHeader.None);
        var walk = new HeaderWalk(_log, from, _written, window);
        int end = from;
        while (walk.MoveNext())
        {
            if (walk.Header.Magic < BatchHeader.CurrentMagic) LegacyMessage.RefuseAt(_log, walk.Position);
            nextOffset = walk.Header.NextOffset;
            end = walk.Position + walk.Header.TotalBytes;
        }
        _bytesSinceIndexEntry = end - from;
        return end == _written;
    }

    private void ReadFirstTimestamp()
    {
        Span<byte> window = stackalloc byte[BatchHeader.Size];
        var first = new HeaderWalk(_log, 0, _written, window);
        if (first.MoveNext()) FirstTimestampMs = first.Header.MaxTimestamp;
    }
}
