using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

/// <summary>What a partition must hold after a crash, as far as the model can know: all that was acknowledged, then perhaps some of what was not.</summary>
internal sealed class PartitionModel(PartitionName name)
{
    private const int ProducerId = 5;

    private readonly List<(long BaseOffset, Batch Batch)> _appended = [];
    private long _acknowledgedEnd;
    private int _sequence;
    private bool _wasChecked;

    public PartitionName Name => name;

    public Batch NextBatch(Random random) => new()
    {
        Records = 1 + random.Next(3),
        PayloadBytes = random.Next(5) == 0 ? random.Next(2_500) : random.Next(120),
        Fill = (byte)random.Next(256),
        TimestampMs = 500 + random.Next(1_000),
        ProducerId = ProducerId,
        Epoch = 0,
        Sequence = _sequence,
    };

    /// <summary>Noted before the append, which a power cut may end halfway.</summary>
    public void Appending(long baseOffset, Batch batch)
    {
        _appended.Add((baseOffset, batch));
        _sequence += batch.Records;
    }

    public void Acknowledged(long highWatermark)
    {
        Require(highWatermark <= NextOffset, $"the high watermark {highWatermark} is beyond all that was appended");
        _acknowledgedEnd = Math.Max(_acknowledgedEnd, highWatermark);
    }

    /// <summary>Compares with what a restart found, which from then on counts as acknowledged, since consumers may read it.</summary>
    public void Check(PartitionLog? log, Random random)
    {
        if (log is null)
        {
            Require(_acknowledgedEnd == 0 && !_wasChecked, "the partition is gone");
            _appended.Clear();
            _sequence = 0;
            return;
        }
        _wasChecked = true;
        Require(log.LogEndOffset == log.HighWatermark, "what was recovered is not committed");
        Require(log.LogEndOffset >= _acknowledgedEnd, $"acknowledged up to {_acknowledgedEnd}, found up to {log.LogEndOffset}");
        int count = CheckBatches(log);
        _appended.RemoveRange(count, _appended.Count - count);
        _sequence = _appended.Sum(entry => entry.Batch.Records);
        _acknowledgedEnd = log.LogEndOffset;
        CheckAnyOffset(log, random);
        CheckRepetition(log);
    }

    private long NextOffset => _appended is [.., var (offset, batch)] ? offset + batch.Records : 0;

    private int CheckBatches(PartitionLog log)
    {
        long offset = 0;
        int count = 0;
        while (offset < log.LogEndOffset)
        {
            using var read = log.Read(offset, 500, ReadBound.HighWatermark);
            var batches = new BatchEnumerator(read.Records.Span);
            while (batches.MoveNext())
            {
                Require(count < _appended.Count, $"a batch at {batches.Current.BaseOffset} was never appended");
                CheckBatch(batches.Current, batches.CurrentBytes, _appended[count++]);
                offset = batches.Current.NextOffset;
            }
            Require(batches.WholeBytes > 0, $"nothing can be read at {offset}");
        }
        return count;
    }

    private void CheckBatch(in BatchHeader header, ReadOnlySpan<byte> bytes, (long BaseOffset, Batch Batch) expected)
    {
        Require(header.BaseOffset == expected.BaseOffset, $"offset {expected.BaseOffset} was expected, {header.BaseOffset} found");
        byte[] built = expected.Batch.Build();
        Require(bytes[BatchHeader.CrcAt..].SequenceEqual(built.AsSpan(BatchHeader.CrcAt)), $"other bytes than appended at {header.BaseOffset}");
    }

    private void CheckAnyOffset(PartitionLog log, Random random)
    {
        if (log.LogEndOffset == 0) return;
        long offset = random.NextInt64(log.LogEndOffset);
        using var read = log.Read(offset, 1, ReadBound.LogEnd);
        Require(BatchHeader.TryRead(read.Records.Span, out var header) && header.BaseOffset <= offset && header.LastOffset >= offset, $"offset {offset} is not found");
    }

    /// <summary>A producer that never heard the answer repeats its last batch; it must get the offset that the batch has.</summary>
    private void CheckRepetition(PartitionLog log)
    {
        if (_appended is not [.., var (baseOffset, batch)]) return;
        var result = log.Append(batch.Build(), new AppendContext { LeaderEpoch = 0 });
        Require(result.IsDuplicate && result.BaseOffset == baseOffset, $"the batch at {baseOffset}, repeated, got {result}");
    }

    private void Require(bool condition, string problem)
    {
        if (!condition) throw new InvalidOperationException($"{name}: {problem}.");
    }
}
