using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

/// <summary>
/// Builds batches whose header and checksum are right; what stands for records is filler, which the log engine does not look
/// at, unless they have a key.
/// </summary>
internal sealed record Batch
{
    public int Records { get; init; } = 1;

    public int PayloadBytes { get; init; } = 20;

    public byte Fill { get; init; } = 7;

    /// <summary>With it the records are real: keyed by it and their place in the batch, with the payload as their value, or none.</summary>
    public int? Key { get; init; }

    public long ProducerId { get; init; } = -1;

    public short Epoch { get; init; } = -1;

    public int Sequence { get; init; } = -1;

    public long TimestampMs { get; init; } = 1_000;

    public BatchAttributes Attributes { get; init; }

    /// <summary>With it the batch is the marker of this type that ends the producer's transaction.</summary>
    public byte? Marker { get; init; }

    public byte[] Build()
    {
        if (Marker is { } type) return BuildMarker(type);
        if (Key is { } key) return BuildRecords(key);
        byte[] bytes = new byte[BatchHeader.Size + PayloadBytes];
        bytes.AsSpan(BatchHeader.Size).Fill(Fill);
        return Finish(bytes);
    }

    /// <summary>The marker that ends the producer's transaction.</summary>
    public byte[] BuildMarker(byte type, byte coordinatorEpoch = 0)
    {
        byte[] record = [32, 0, 0, 0, 8, 0, 0, 0, type, 12, 0, 0, 0, 0, 0, coordinatorEpoch, 0];
        byte[] bytes = [.. new byte[BatchHeader.Size], .. record];
        return (this with { Records = 1, Attributes = BatchAttributes.Control | BatchAttributes.Transactional }).Finish(bytes);
    }

    private byte[] BuildRecords(int key)
    {
        using var builder = new BatchBuilder(new BatchOptions { ProducerId = ProducerId, ProducerEpoch = Epoch, BaseSequence = Sequence, Kind = Attributes });
        byte[]? value = PayloadBytes == 0 ? null : new byte[PayloadBytes];
        value?.AsSpan().Fill(Fill);
        for (int i = 0; i < Records; i++) builder.Append(TimestampMs, [(byte)(key + i)], value);
        return builder.BuildArray();
    }

    private byte[] Finish(byte[] bytes)
    {
        new BatchHeader
        {
            Length = bytes.Length - BatchHeader.LengthOverhead,
            LeaderEpoch = -1,
            Magic = BatchHeader.CurrentMagic,
            Attributes = Attributes,
            LastOffsetDelta = Records - 1,
            BaseTimestamp = TimestampMs,
            MaxTimestamp = TimestampMs,
            ProducerId = ProducerId,
            ProducerEpoch = Epoch,
            BaseSequence = Sequence,
            RecordCount = Records,
        }.Write(bytes);
        BatchHeader.StampCrc(bytes);
        return bytes;
    }
}
