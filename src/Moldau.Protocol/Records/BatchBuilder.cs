namespace Moldau.Protocol.Records;

/// <summary>What the header of a batch to be built says, beside what its records make of it.</summary>
internal sealed record BatchOptions
{
    public static BatchOptions Default { get; } = new();

    public long BaseOffset { get; init; }

    public int LeaderEpoch { get; init; } = BatchHeader.None;

    public CompressionSetting Compression { get; init; }

    /// <summary>The time of the append, in ms: the batch then has that for all of its records. Null keeps each record's own.</summary>
    public long? LogAppendTimeMs { get; init; }

    public long ProducerId { get; init; } = BatchHeader.None;

    public short ProducerEpoch { get; init; } = BatchHeader.None;

    public int BaseSequence { get; init; } = BatchHeader.None;

    /// <summary>Any of <see cref="BatchAttributes.Transactional"/> and <see cref="BatchAttributes.Control"/>.</summary>
    public BatchAttributes Kind { get; init; }

    /// <summary>Set by compaction, in ms: when the batch's tombstones or its marker may go.</summary>
    public long? DeleteHorizonMs { get; init; }

    /// <summary>Set by compaction, which keeps the last offset of a batch even if that record is gone.</summary>
    public long? LastOffset { get; init; }

    /// <summary>Set by compaction for a batch that has no record left.</summary>
    public long? MaxTimestamp { get; init; }

    /// <summary>Bytes that the batch will have before it is compressed, where that is known: growing to them takes more.</summary>
    public int Capacity { get; init; }
}

/// <summary>
/// Builds one record batch of format version 2; without compression its bytes are those that Kafka would write. The batch it
/// returns is borrowed: valid until the builder is disposed or changed.
/// </summary>
internal sealed class BatchBuilder(BatchOptions options) : IDisposable
{
    private readonly PooledBuffer _batch = new(options.Capacity);
    private long? _baseTimestamp = options.DeleteHorizonMs;
    private long _maxTimestamp = BatchHeader.None;
    private long _lastOffset = options.BaseOffset - 1;
    private bool _built;

    public BatchBuilder() : this(BatchOptions.Default)
    {
    }

    public int RecordCount { get; private set; }

    /// <summary>Bytes of the batch so far, before compression.</summary>
    public int UncompressedBytes => Math.Max(_batch.Length, BatchHeader.Size);

    /// <summary>The offset of the next record that names none.</summary>
    public long NextOffset => _lastOffset + 1;

    public BatchBuilder Append(long timestamp, byte[]? key, byte[]? value, RecordHeaders headers = default) =>
        Append(timestamp, Nullable(key), Nullable(value), headers);

    public BatchBuilder Append(long timestamp, ReadOnlyMemory<byte>? key, ReadOnlyMemory<byte>? value, RecordHeaders headers = default) =>
        Append(new Record { Offset = NextOffset, Timestamp = timestamp, Key = key, Value = value, Headers = headers });

    /// <summary>Appends a record at its own offset, which may leave a gap.</summary>
    public BatchBuilder Append(in Record record)
    {
        if (_built) throw new InvalidOperationException("The batch is built already; a further record needs a builder of its own.");
        if (record.Offset < NextOffset)
        {
            throw new ArgumentException($"Offset {record.Offset} is not above {_lastOffset}, that of the record before.", nameof(record));
        }
        if (_batch.Length == 0) _batch.Claim(BatchHeader.Size);
        _baseTimestamp ??= record.Timestamp;
        long timestampDelta = unchecked(record.Timestamp - _baseTimestamp.Value);
        int offsetDelta = checked((int)(record.Offset - options.BaseOffset));
        Varint.Write(_batch, BodyBytes(in record, timestampDelta, offsetDelta));
        _batch.Claim(1)[0] = 0;
        Varint.Write(_batch, timestampDelta);
        Varint.Write(_batch, offsetDelta);
        WriteField(record.Key);
        WriteField(record.Value);
        Varint.Write(_batch, record.Headers.Count);
        _batch.Write(record.Headers.Encoded.Span);
        _lastOffset = record.Offset;
        _maxTimestamp = Math.Max(_maxTimestamp, record.Timestamp);
        RecordCount++;
        return this;
    }

    /// <summary>Finishes the batch: compresses the records and writes the header. Nothing can be appended afterwards.</summary>
    public Memory<byte> Build()
    {
        if (_built) return _batch.Memory;
        _built = true;
        if (_batch.Length == 0) _batch.Claim(BatchHeader.Size);
        if (options.Compression.Codec != CompressionCodec.None && RecordCount > 0) CompressRecords();
        Header().Write(_batch.Span);
        BatchHeader.StampCrc(_batch.Span);
        return _batch.Memory;
    }

    public byte[] BuildArray() => Build().ToArray();

    public void Dispose() => _batch.Dispose();

    private BatchHeader Header() => new()
    {
        BaseOffset = options.BaseOffset,
        Length = _batch.Length - BatchHeader.LengthOverhead,
        LeaderEpoch = options.LeaderEpoch,
        Magic = BatchHeader.CurrentMagic,
        Attributes = Attributes(),
        LastOffsetDelta = checked((int)((options.LastOffset ?? _lastOffset) - options.BaseOffset)),
        BaseTimestamp = _baseTimestamp ?? BatchHeader.None,
        MaxTimestamp = options.LogAppendTimeMs ?? (RecordCount > 0 ? _maxTimestamp : options.MaxTimestamp ?? BatchHeader.None),
        ProducerId = options.ProducerId,
        ProducerEpoch = options.ProducerEpoch,
        BaseSequence = options.BaseSequence,
        RecordCount = RecordCount,
    };

    private BatchAttributes Attributes()
    {
        var attributes = options.Kind;
        // A batch without records says that it is not compressed, since there is nothing to decompress.
        if (RecordCount > 0) attributes |= (BatchAttributes)options.Compression.Codec;
        if (options.LogAppendTimeMs is not null) attributes |= BatchAttributes.LogAppendTime;
        if (options.DeleteHorizonMs is not null) attributes |= BatchAttributes.DeleteHorizon;
        return attributes;
    }

    private void CompressRecords()
    {
        using var target = new PooledBuffer();
        Compression.Compress(options.Compression, _batch.Span[BatchHeader.Size..], target);
        _batch.Truncate(BatchHeader.Size);
        _batch.Write(target.Span);
    }

    // Not left to the conversion from arrays, which makes empty memory of null.
    private static ReadOnlyMemory<byte>? Nullable(byte[]? field) => field is null ? (ReadOnlyMemory<byte>?)null : field.AsMemory();

    private void WriteField(ReadOnlyMemory<byte>? field)
    {
        Varint.Write(_batch, field?.Length ?? -1);
        if (field is { } bytes) _batch.Write(bytes.Span);
    }

    private static int BodyBytes(in Record record, long timestampDelta, int offsetDelta) => checked(
        1 + Varint.SizeOf(timestampDelta) + Varint.SizeOf(offsetDelta) + FieldBytes(record.Key) + FieldBytes(record.Value)
        + Varint.SizeOf(record.Headers.Count) + record.Headers.Encoded.Length);

    private static int FieldBytes(ReadOnlyMemory<byte>? field) => Varint.SizeOf(field?.Length ?? -1) + (field?.Length ?? 0);
}
