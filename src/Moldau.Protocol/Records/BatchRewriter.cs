using System.Buffers.Binary;
using System.Numerics;

namespace Moldau.Protocol.Records;

/// <summary>Changes a good batch into what its topic wants stored, where that differs from what the producer sent.</summary>
internal static class BatchRewriter
{
    private const BatchAttributes KnownAttributes = BatchAttributes.CodecMask | BatchAttributes.LogAppendTime | BatchAttributes.Transactional
        | BatchAttributes.Control | BatchAttributes.DeleteHorizon;

    /// <summary>Sets timestamp type and maximum timestamp in place, and the checksum with them. The records stay as they are.</summary>
    public static void Restamp(Span<byte> batch, TimestampType type, long maxTimestamp)
    {
        var attributes = (BatchAttributes)BinaryPrimitives.ReadInt16BigEndian(batch[BatchHeader.AttributesAt..]);
        attributes &= KnownAttributes & ~BatchAttributes.LogAppendTime;
        if (type == TimestampType.LogAppendTime) attributes |= BatchAttributes.LogAppendTime;
        BinaryPrimitives.WriteInt16BigEndian(batch[BatchHeader.AttributesAt..], (short)attributes);
        BinaryPrimitives.WriteInt64BigEndian(batch[BatchHeader.MaxTimestampAt..], maxTimestamp);
        BatchHeader.StampCrc(batch);
    }

    /// <summary>
    /// Bytes that are in use while a good batch is built anew: its records unfolded, and once more in the new batch. Pooled arrays are as
    /// long as a power of two.
    /// </summary>
    public static long BytesInUse(in BatchVerdict verdict) =>
        (long)BitOperations.RoundUpToPowerOf2((ulong)verdict.UnfoldedBytes) + (long)BitOperations.RoundUpToPowerOf2((ulong)CapacityOf(verdict));

    /// <summary>
    /// Puts the records, numbered from 0, into a new batch with the compression of <paramref name="rules"/>. Its size must be held
    /// against <see cref="BatchRules.BatchBytesMax"/> once more; the caller disposes the builder that holds it.
    /// </summary>
    /// <exception cref="MalformedBatchException">The batch had not been validated.</exception>
    public static BatchBuilder Rebuild(ReadOnlyMemory<byte> batch, in BatchVerdict verdict, BatchRules rules, long nowMs)
    {
        BatchHeader.TryRead(batch.Span, out var header);
        var builder = new BatchBuilder(new BatchOptions
        {
            Compression = rules.Compression ?? CompressionSetting.Default(header.Codec),
            LogAppendTimeMs = rules.TimestampType == TimestampType.LogAppendTime ? nowMs : null,
            ProducerId = header.ProducerId,
            ProducerEpoch = header.ProducerEpoch,
            BaseSequence = header.BaseSequence,
            Kind = header.Attributes & BatchAttributes.Transactional,
            Capacity = CapacityOf(verdict),
        });
        try
        {
            var records = new BatchRecords(batch, rules.OutputBytesMax) { Capacity = (int)verdict.UnfoldedBytes };
            foreach (var record in records) builder.Append(record.Timestamp, record.Key, record.Value, record.Headers);
            builder.Build();
            return builder;
        }
        catch
        {
            builder.Dispose();
            throw;
        }
    }

    /// <summary>Numbers that count from 0 are no longer than those that came.</summary>
    private static int CapacityOf(in BatchVerdict verdict) => checked((int)verdict.UnfoldedBytes + BatchHeader.Size);
}
