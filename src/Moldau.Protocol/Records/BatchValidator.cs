namespace Moldau.Protocol.Records;

/// <summary>
/// Judges the records that a producer sent, in Kafka's order of checks and with Kafka's codes: first what the request must
/// hold, then the batch itself in one bounded walk over its records, which allocates nothing unless something is wrong.
/// Sequence numbers are compared by the log, which alone knows the producer.
/// </summary>
internal static class BatchValidator
{
    /// <summary>From this version of Produce on a batch may be compressed with zstd.</summary>
    private const short ZstdVersionMin = 7;

    /// <summary>What is checked before a partition is looked for: that the records are one batch, which comes out without what may be behind it.</summary>
    public static BatchFault CheckRequest(ReadOnlyMemory<byte>? records, short produceVersion, out ReadOnlyMemory<byte> batch)
    {
        batch = default;
        if (records is not { } bytes) return BatchFault.NoBatch;
        var batches = new BatchEnumerator(bytes.Span);
        if (!batches.MoveNext()) return FaultOf(batches.End);
        if (batches.Current.Codec == CompressionCodec.Zstd && produceVersion < ZstdVersionMin) return BatchFault.ZstdBeforeVersion7;
        int length = batches.WholeBytes;
        if (batches.MoveNext() || batches.End == BatchesEnd.LegacyFormat) return BatchFault.SeveralBatches;
        // The rest of a batch that was cut off is left out without a word; a rest that cannot be one is an error.
        if (batches.End is not (BatchesEnd.Complete or BatchesEnd.Incomplete)) return FaultOf(batches.End);
        batch = bytes[..length];
        return BatchFault.None;
    }

    /// <summary>Judges one whole batch, as <see cref="CheckRequest"/> hands it out, for a topic with these rules.</summary>
    public static BatchVerdict Validate(ReadOnlyMemory<byte> batch, BatchRules rules, long nowMs)
    {
        if (!BatchHeader.TryRead(batch.Span, out var header) || header.TotalBytes != batch.Length) return BatchVerdict.Of(BatchFault.NoBatch);
        var fault = CheckHeader(in header, batch.Span, rules);
        if (fault != BatchFault.None) return BatchVerdict.Of(fault);
        var records = batch[BatchHeader.Size..];
        try
        {
            if (header.Codec == CompressionCodec.None)
            {
                var plain = new RecordCursor(records.Span);
                return new RecordWalk(header, rules, nowMs).Judge(ref plain);
            }
            using var source = Decompressor.Open(header.Codec, records, rules.OutputBytesMax);
            var windows = new RecordCursor(source);
            return new RecordWalk(header, rules, nowMs).Judge(ref windows);
        }
        catch (MalformedBatchException e)
        {
            return BatchVerdict.Of(e.Error == ErrorCode.MessageTooLarge ? BatchFault.DecompressedTooLarge : BatchFault.Undecodable);
        }
    }

    private static BatchFault CheckHeader(in BatchHeader header, ReadOnlySpan<byte> batch, BatchRules rules)
    {
        if (header.BaseOffset != 0) return BatchFault.BaseOffsetNotZero;
        if (header.TotalBytes > rules.BatchBytesMax) return BatchFault.TooLarge;
        if (!header.CrcMatches(batch)) return BatchFault.CrcMismatch;
        if (header.Codec > CompressionCodec.Zstd) return BatchFault.CodecUnknown;
        if (header.RecordCount <= 0 || header.RecordCount != header.LastOffsetDelta + 1L) return BatchFault.CountMismatch;
        if (header.IsControl) return BatchFault.ControlBatch;
        return header.HasProducerId && header.BaseSequence < 0 ? BatchFault.SequenceMissing : BatchFault.None;
    }

    private static BatchFault FaultOf(BatchesEnd end) => end switch
    {
        BatchesEnd.LegacyFormat => BatchFault.LegacyFormat,
        BatchesEnd.Corrupt => BatchFault.LengthOrMagicUnknown,
        BatchesEnd.ShorterThanHeader => BatchFault.ShorterThanHeader,
        BatchesEnd.LengthOverflow => BatchFault.LengthOverflow,
        _ => BatchFault.NoBatch,
    };

    /// <summary>The part of the judgement that needs each record.</summary>
    private ref struct RecordWalk(BatchHeader header, BatchRules rules, long nowMs)
    {
        private long _maxTimestamp = BatchHeader.None;
        private int _maxTimestampIndex = 0;
        private bool _consecutive = true;
        private bool _timestampsRefused = false;
        private List<RecordError>? _errors = null;

        public BatchVerdict Judge(ref RecordCursor cursor)
        {
            for (int index = 0; index < header.RecordCount; index++)
            {
                var fault = cursor.Next(out var shape);
                if (fault == RecordFault.LengthUnreadable) return BatchVerdict.Of(BatchFault.RecordLengthUnreadable);
                if (fault != RecordFault.None) return BatchVerdict.Of(BatchFault.RecordsMalformed);
                Look(index, in shape);
            }
            return cursor.AtEnd() ? Conclude(cursor.Consumed) : BatchVerdict.Of(BatchFault.RecordsMalformed);
        }

        private void Look(int index, in RecordShape shape)
        {
            long timestamp = header.TimestampOf(shape.TimestampDelta);
            _consecutive &= shape.OffsetDelta == index;
            if (timestamp > _maxTimestamp)
            {
                _maxTimestamp = timestamp;
                _maxTimestampIndex = index;
            }
            if (rules.KeysRequired && shape.KeyLength < 0) Refuse(index, RecordErrorKind.KeyMissing, timestamp);
            else CheckTimestamp(index, timestamp);
        }

        private void CheckTimestamp(int index, long timestamp)
        {
            if (rules.TimestampType == TimestampType.CreateTime && timestamp != BatchHeader.None)
            {
                long age = unchecked(nowMs - timestamp);
                bool outOfRange = age > rules.TimestampBeforeMaxMs || unchecked(-age) > rules.TimestampAfterMaxMs;
                if (outOfRange) Refuse(index, RecordErrorKind.TimestampOutOfRange, timestamp);
            }
            else if (header.TimestampType == TimestampType.LogAppendTime)
            {
                Refuse(index, RecordErrorKind.TimestampTypeFromClient, timestamp);
            }
        }

        private void Refuse(int index, RecordErrorKind kind, long timestamp)
        {
            _timestampsRefused |= kind != RecordErrorKind.KeyMissing;
            _errors ??= [];
            if (_errors.Count < RecordError.ListedMax) _errors.Add(new RecordError(index, kind, timestamp));
        }

        private readonly BatchVerdict Conclude(long unfoldedBytes)
        {
            if (_errors is not null)
            {
                var fault = _timestampsRefused ? BatchFault.TimestampsRefused : BatchFault.RecordsRefused;
                return new BatchVerdict { Fault = fault, RecordErrors = _errors };
            }
            bool rebuild = rules.Compression is { } wanted && wanted.Codec != header.Codec;
            // Kafka stores an uncompressed batch however its records are numbered, and renumbers one that it builds anew.
            if (!_consecutive && !rebuild && header.Codec != CompressionCodec.None) return BatchVerdict.Of(BatchFault.OffsetsNotConsecutive);
            bool appendTime = rules.TimestampType == TimestampType.LogAppendTime;
            bool restamp = header.TimestampType != rules.TimestampType || header.MaxTimestamp != (appendTime ? nowMs : _maxTimestamp);
            return new BatchVerdict
            {
                MaxTimestamp = appendTime ? nowMs : _maxTimestamp,
                MaxTimestampIndex = appendTime ? 0 : _maxTimestampIndex,
                UnfoldedBytes = unfoldedBytes,
                Rewrite = rebuild ? BatchRewrite.Rebuild : restamp ? BatchRewrite.Restamp : BatchRewrite.None,
            };
        }
    }
}
