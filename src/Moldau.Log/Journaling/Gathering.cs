using Moldau.Protocol.Records;

namespace Moldau.Log.Journaling;

/// <summary>What one round of the committer writes: frames behind each other, and up to where each log in it is durable then.</summary>
internal sealed class Gathering
{
    private const int BytesMin = 64 * 1024;

    private readonly List<Entry> _entries = [];
    private byte[] _bytes = new byte[BytesMin];

    public int Length { get; private set; }

    /// <summary>Bytes of all batches, also of those that stand in their segments only.</summary>
    public long BatchBytes { get; private set; }

    public Span<byte> Frames => _bytes.AsSpan(0, Length);

    public IReadOnlyList<Entry> Logs => _entries;

    /// <summary>Adds a batch that ends at the offset. A log's slot says whether it is in this round already.</summary>
    public void Add(PartitionLog log, FrameKind kind, ReadOnlySpan<byte> batch, long endOffset)
    {
        var content = kind == FrameKind.FlushedBatch ? batch[..BatchHeader.Size] : batch;
        int frameBytes = FrameBytesOf(kind, batch);
        if (frameBytes > _bytes.Length - Length) Grow(frameBytes);
        JournalFormat.WriteFrame(_bytes.AsSpan(Length, frameBytes), new JournalKey(log.TopicId, log.Name.Partition), kind, content);
        Length += frameBytes;
        BatchBytes += batch.Length;
        bool flushes = kind == FrameKind.FlushedBatch;
        if (log.CommitSlot.Round == Round)
        {
            var before = _entries[log.CommitSlot.Index];
            _entries[log.CommitSlot.Index] = new Entry(log, endOffset, before.FlushesSegments || flushes);
        }
        else
        {
            log.CommitSlot.Round = Round;
            log.CommitSlot.Index = _entries.Count;
            _entries.Add(new Entry(log, endOffset, flushes));
        }
    }

    /// <summary>What a batch takes here: the whole of it, or its header only.</summary>
    public static int FrameBytesOf(FrameKind kind, ReadOnlySpan<byte> batch) =>
        JournalFormat.FrameHeaderBytes + (kind == FrameKind.FlushedBatch ? BatchHeader.Size : batch.Length);

    /// <summary>The round that gathers here; no two rounds have the same number.</summary>
    public long Round { get; set; }

    public void Clear()
    {
        // A burst should not hold its memory for ever; halving keeps a steady load from growing again each round.
        if (_bytes.Length > BytesMin && Length < _bytes.Length / 8) _bytes = new byte[_bytes.Length / 2];
        Length = 0;
        BatchBytes = 0;
        _entries.Clear();
    }

    private void Grow(int frameBytes)
    {
        long wanted = Math.Max((long)_bytes.Length * 2, (long)Length + frameBytes);
        Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, wanted));
    }

    /// <summary>A log in the round: where it is durable afterwards, and whether its segments must be flushed for that.</summary>
    public readonly record struct Entry(PartitionLog Log, long EndOffset, bool FlushesSegments);
}
