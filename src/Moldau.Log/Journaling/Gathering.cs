namespace Moldau.Log.Journaling;

/// <summary>What one round of the committer writes: frames behind each other, and up to where each log in it is durable then.</summary>
internal sealed class Gathering
{
    private const int BytesMin = 64 * 1024;

    private readonly List<PartitionLog> _logs = [];
    private readonly List<long> _ends = [];
    private byte[] _bytes = new byte[BytesMin];

    public int Length { get; private set; }

    public Span<byte> Frames => _bytes.AsSpan(0, Length);

    public int LogCount => _logs.Count;

    public (PartitionLog Log, long EndOffset) this[int index] => (_logs[index], _ends[index]);

    public void Add(PartitionLog log, ReadOnlySpan<byte> batch, long round)
    {
        int frameBytes = JournalFormat.FrameHeaderBytes + batch.Length;
        if (frameBytes > _bytes.Length - Length) Grow(frameBytes);
        var key = new JournalKey(log.TopicId, log.Name.Partition);
        JournalFormat.WriteFrame(_bytes.AsSpan(Length, frameBytes), key, batch);
        Length += frameBytes;
        var slot = log.CommitSlot;
        if (slot.Round != round)
        {
            slot.Round = round;
            slot.Index = _logs.Count;
            _logs.Add(log);
            _ends.Add(0);
        }
    }

    public void SetEnd(PartitionLog log, long endOffset) => _ends[log.CommitSlot.Index] = endOffset;

    public void Clear()
    {
        // A burst should not hold its memory for ever; halving keeps a steady load from growing again each round.
        if (_bytes.Length > BytesMin && Length < _bytes.Length / 8) _bytes = new byte[_bytes.Length / 2];
        Length = 0;
        _logs.Clear();
        _ends.Clear();
    }

    private void Grow(int frameBytes) => Array.Resize(ref _bytes, (int)Math.Min(Array.MaxLength, Math.Max((long)_bytes.Length * 2, (long)Length + frameBytes)));
}
