using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

/// <summary>
/// What a partition must hold after a crash, as far as the model can know: all that was acknowledged, then perhaps some of what
/// was not.
/// </summary>
internal sealed class PartitionModel(PartitionName name, Guid topicId)
{
    private const int ProducerId = 5;

    private readonly List<(long BaseOffset, Batch Batch)> _appended = [];
    private readonly List<(long BaseOffset, Batch Batch)> _refused = [];
    private long _acknowledgedEnd;
    private long _startMax;
    private long _compactedMax;
    private bool _mayBeGone = true;

    public PartitionName Name => name;

    public Guid TopicId => topicId;

    /// <summary>The log is being deleted: whether a power cut leaves it is open.</summary>
    public void Deleting() => _mayBeGone = true;

    public Batch NextBatch(Random random) => new()
    {
        Records = 1 + random.Next(3),
        PayloadBytes = random.Next(5) == 0 ? random.Next(2_500) : random.Next(120),
        Fill = (byte)random.Next(256),
        Key = random.Next(4),
        TimestampMs = 500 + random.Next(1_000),
        ProducerId = ProducerId,
        Epoch = 0,
        Sequence = NextSequence(ProducerId),
    };

    /// <summary>A batch of a transaction, or the marker that ends it.</summary>
    public Batch NextOfTransaction(Random random)
    {
        var of = new Batch { ProducerId = TransactionModel.ProducerId, Epoch = 0 };
        if (new TransactionModel(_appended).IsOpen && random.Next(2) == 0) return of with { Marker = (byte)random.Next(2), TimestampMs = 1 };
        return of with
        {
            Records = 1 + random.Next(3),
            Key = random.Next(4),
            Attributes = BatchAttributes.Transactional,
            Sequence = NextSequence(TransactionModel.ProducerId),
        };
    }

    /// <summary>Noted before the append, which a power cut may end halfway.</summary>
    public void Appending(long baseOffset, Batch batch)
    {
        _appended.Add((baseOffset, batch));
    }

    /// <summary>
    /// The log took nothing of the last batch, and is as it was before it. Of what the disk had of it a power cut may make the whole batch, where
    /// the rest is as it would have been; the producer, who was told to come again, then finds it there.
    /// </summary>
    public void Refused()
    {
        _refused.Add(_appended[^1]);
        _appended.RemoveAt(_appended.Count - 1);
    }

    public void Acknowledged(long highWatermark)
    {
        if (highWatermark > 0) _mayBeGone = false;
        Require(highWatermark <= NextOffset, $"the high watermark {highWatermark} is beyond all that was appended");
        _acknowledgedEnd = Math.Max(_acknowledgedEnd, highWatermark);
    }

    /// <summary>The journal has failed: what is committed now was acknowledged before.</summary>
    public void NothingAcknowledged(long highWatermark) =>
        Require(highWatermark <= _acknowledgedEnd, $"acknowledged up to {highWatermark} after the journal failed at {_acknowledgedEnd}");

    /// <summary>The log may begin as late as at the offset from now on, after a restart too.</summary>
    public void Started(long logStartOffset) => _startMax = Math.Max(_startMax, logStartOffset);

    /// <summary>Compaction may take superseded records below the offset from now on.</summary>
    public void Compacting(long offset) => _compactedMax = Math.Max(_compactedMax, offset);

    /// <summary>
    /// Compares with what a restart found, which from then on counts as acknowledged, since consumers may read it. False if the
    /// partition is gone, and may be.
    /// </summary>
    public bool Check(PartitionLog? log, Random random)
    {
        if (log is null || log.TopicId != topicId)
        {
            Require(_mayBeGone, "the partition is gone");
            return false;
        }
        _mayBeGone = log.LogEndOffset == 0; // Without records it need not have reached the disk.
        Require(log.LogEndOffset == log.HighWatermark, "what was recovered is not committed");
        Require(log.LogEndOffset >= _acknowledgedEnd, $"acknowledged up to {_acknowledgedEnd}, found up to {log.LogEndOffset}");
        Require(log.LogStartOffset <= _startMax, $"nobody deleted records before {log.LogStartOffset}");
        int count = CheckBatches(log);
        _appended.RemoveRange(count, _appended.Count - count);
        _acknowledgedEnd = log.LogEndOffset;
        CheckAnyOffset(log, random);
        CheckNewest(log);
        CheckRepetition(log);
        if (new TransactionModel(_appended).Compare(log, _compactedMax) is { } problem) Require(false, problem);
        return true;
    }

    private int NextSequence(int producerId) =>
        _appended.Where(entry => entry.Batch.ProducerId == producerId && entry.Batch.Marker is null).Sum(entry => entry.Batch.Records);

    private long NextOffset => _appended is [.., var (offset, batch)] ? offset + batch.Records : 0;

    /// <summary>The answer is how many of the batches appended are there, or were once.</summary>
    private int CheckBatches(PartitionLog log)
    {
        long offset = log.LogStartOffset;
        int count = _appended.FindIndex(entry => entry.BaseOffset + entry.Batch.Records > offset);
        if (count < 0) return _appended.Count;
        var found = new LastValues(offset);
        var reader = new CommittedReader(log);
        while (offset < log.LogEndOffset)
        {
            using var read = log.Read(offset, 500, ReadBound.HighWatermark);
            var batches = new BatchEnumerator(read.Records.Span);
            while (batches.MoveNext())
            {
                count = SkipCompacted(count, batches.Current.BaseOffset);
                TakeRefused(count, batches.Current);
                Require(count < _appended.Count, $"a batch at {batches.Current.BaseOffset} was never appended");
                CheckBatch(batches.Current, batches.CurrentBytes, _appended[count++]);
                if (reader.Reads(batches.Current)) found.Take(read.Records[batches.Position..batches.WholeBytes].ToArray());
                offset = batches.Current.NextOffset;
            }
            Require(batches.WholeBytes > 0, $"nothing can be read at {offset}");
        }
        _refused.Clear();
        count = SkipCompacted(count, log.LogEndOffset);
        CheckLastValues(found, log.LogStartOffset, count);
        return count;
    }

    /// <summary>Where the log has a batch that it had refused, in the place of any that were not acknowledged, that one counts.</summary>
    private void TakeRefused(int count, BatchHeader found)
    {
        if (found.BaseOffset < _acknowledgedEnd || (count < _appended.Count && IsOf(_appended[count]))) return;
        int at = _refused.FindIndex(IsOf);
        if (at < 0) return;
        _appended.RemoveRange(count, _appended.Count - count);
        _appended.Add(_refused[at]);

        bool IsOf((long BaseOffset, Batch Batch) entry) =>
            entry.BaseOffset == found.BaseOffset && BatchHeader.TryRead(entry.Batch.Build(), out var built) && built.Crc == found.Crc;
    }

    /// <summary>Passes over batches that compaction may have taken, up to the one at the offset.</summary>
    private int SkipCompacted(int count, long baseOffset)
    {
        while (count < _appended.Count && _appended[count].BaseOffset < baseOffset && IsCompacted(_appended[count])) count++;
        return count;
    }

    private bool IsCompacted((long BaseOffset, Batch Batch) entry) => entry.BaseOffset + entry.Batch.Records <= _compactedMax;

    private void CheckBatch(in BatchHeader header, ReadOnlySpan<byte> bytes, (long BaseOffset, Batch Batch) expected)
    {
        Require(header.BaseOffset == expected.BaseOffset, $"offset {expected.BaseOffset} was expected, {header.BaseOffset} found");
        Require(header.LastOffset == expected.BaseOffset + expected.Batch.Records - 1, $"the batch at {header.BaseOffset} ends elsewhere");
        if (IsCompacted(expected)) return;
        byte[] built = expected.Batch.Build();
        Require(bytes[BatchHeader.CrcAt..].SequenceEqual(built.AsSpan(BatchHeader.CrcAt)), $"other bytes than appended at {header.BaseOffset}");
    }

    /// <summary>Compaction or not: who reads what is committed from the log's start on learns the same last value of each key.</summary>
    private void CheckLastValues(LastValues found, long logStartOffset, int count)
    {
        var transactions = new TransactionModel(_appended.Take(count));
        if (transactions.IsCutBy(logStartOffset)) return; // Nobody knows any more how it ended.
        var expected = new LastValues(logStartOffset);
        foreach (var (baseOffset, batch) in _appended.Take(count).Where(entry => transactions.IsCommitted(entry.BaseOffset, entry.Batch)))
        {
            byte[] built = batch.Build();
            BatchHeader.StampPlace(built, baseOffset, leaderEpoch: 0);
            expected.Take(built);
        }
        Require(found.Equals(expected), $"the last values are {found}, and should be {expected}");
    }

    private void CheckAnyOffset(PartitionLog log, Random random)
    {
        if (log.LogEndOffset == log.LogStartOffset) return;
        long offset = random.NextInt64(log.LogStartOffset, log.LogEndOffset);
        using var read = log.Read(offset, 1, ReadBound.LogEnd);
        bool found = BatchHeader.TryRead(read.Records.Span, out var header) && header.LastOffset >= offset
            && (header.BaseOffset <= offset || offset < _compactedMax);
        Require(found, $"offset {offset} is not found");
    }

    private void CheckNewest(PartitionLog log)
    {
        if (_appended.Count == 0 || _compactedMax > 0 || log.LogStartOffset > 0) return;
        var (baseOffset, batch) = _appended.MaxBy(entry => entry.Batch.TimestampMs); // The first of several.
        var found = log.OffsetForMaxTimestamp(ReadBound.LogEnd);
        Require((found?.TimestampMs, found?.Offset) == (batch.TimestampMs, baseOffset), $"the newest record is {found}, and should be at {baseOffset}");
    }

    /// <summary>A producer that never heard the answer repeats its last batch; it must get the offset that the batch has.</summary>
    private void CheckRepetition(PartitionLog log)
    {
        if (_appended is not [.., var (baseOffset, batch)] || batch.Marker is not null) return;
        var result = log.Append(batch.Build(), new AppendContext { LeaderEpoch = 0 });
        Require(result.IsDuplicate && result.BaseOffset == baseOffset, $"the batch at {baseOffset}, repeated, got {result}");
    }

    private void Require(bool condition, string problem)
    {
        if (!condition) throw new InvalidOperationException($"{name}: {problem}.");
    }
}
