using System.Runtime.CompilerServices;

using Moldau.Protocol.Records;

namespace Moldau.Log.Producers;

/// <summary>What is remembered of an appended batch, to recognise its repetition.</summary>
internal readonly record struct ProducedBatch(int LastSequence, long LastOffset, int OffsetDelta, long TimestampMs)
{
    public int FirstSequence => BatchHeader.SequenceAfter(LastSequence, -OffsetDelta);

    public long FirstOffset => LastOffset - OffsetDelta;
}

/// <summary>What a partition knows of one producer: its epoch, its last batches and its open transaction.</summary>
internal sealed class ProducerState(long producerId)
{
    /// <summary>How many batches an idempotent producer may have in flight, and so may repeat.</summary>
    private const int BatchesRemembered = 5;

    private Ring _batches;
    private int _count;
    private int _next;

    public long ProducerId { get; } = producerId;

    public short Epoch { get; set; } = BatchHeader.None;

    public int CoordinatorEpoch { get; set; } = BatchHeader.None;

    /// <summary>The first offset of the open transaction, or -1.</summary>
    public long TransactionFirstOffset { get; set; } = BatchHeader.None;

    /// <summary>How many transactions have ended here that this process saw.</summary>
    public long TransactionsEnded { get; set; }

    /// <summary>The timestamp of the last batch or marker.</summary>
    public long LastTimestampMs { get; set; } = BatchHeader.None;

    /// <summary>When this process last saw the producer write, by the broker's clock: producers with old timestamps are not idle.</summary>
    public long LastSeenMs { get; set; } = BatchHeader.None;

    public ProducedBatch? LastBatch => _count == 0 ? null : _batches[(_next + BatchesRemembered - 1) % BatchesRemembered];

    public int LastSequence => LastBatch?.LastSequence ?? BatchHeader.None;

    /// <summary>The remembered batch that the given one repeats, if there is one.</summary>
    public ProducedBatch? FindRepeated(in BatchHeader header)
    {
        if (header.ProducerEpoch != Epoch) return null;
        for (int i = 0; i < _count; i++)
        {
            var batch = _batches[i];
            if (batch.FirstSequence == header.BaseSequence && batch.LastSequence == header.LastSequence) return batch;
        }
        return null;
    }

    public void Add(ProducedBatch batch)
    {
        _batches[_next] = batch;
        _next = (_next + 1) % BatchesRemembered;
        _count = Math.Min(_count + 1, BatchesRemembered);
        LastTimestampMs = batch.TimestampMs;
    }

    /// <summary>A new epoch begins its sequence anew: batches of the old one cannot be repeated any more.</summary>
    public void RaiseEpoch(short epoch)
    {
        if (epoch == Epoch) return;
        Epoch = epoch;
        _count = 0;
        _next = 0;
    }

    [InlineArray(BatchesRemembered)]
    private struct Ring
    {
        private ProducedBatch _first;
    }
}
