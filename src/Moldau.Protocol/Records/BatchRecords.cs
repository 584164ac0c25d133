namespace Moldau.Protocol.Records;

/// <summary>
/// The records of one whole batch, for <c>foreach</c>. Where the batch is compressed they stand in a pooled buffer, so a record
/// is valid only within the loop that reads it. The checksum is not looked at.
/// </summary>
/// <exception cref="MalformedBatchException">Thrown while reading: the batch does not hold the records that its header announces.</exception>
internal readonly struct BatchRecords(ReadOnlyMemory<byte> batch, long decompressedBytesMax = Decompressor.OutputBytesMaxDefault)
{
    private readonly ReadOnlyMemory<byte> _batch = batch;
    private readonly long _decompressedBytesMax = decompressedBytesMax;

    /// <summary>Bytes that the records decompress to, where that is known: growing to them takes more.</summary>
    public int Capacity { get; init; }

    public Enumerator GetEnumerator() => new(_batch, _decompressedBytesMax, Capacity);

    /// <summary>Decompresses what a batch holds after its header; the caller disposes the buffer.</summary>
    public static PooledBuffer Decompress(CompressionCodec codec, ReadOnlyMemory<byte> compressed, long outputBytesMax, int capacity = 0)
    {
        var buffer = new PooledBuffer(capacity);
        using var source = Decompressor.Open(codec, compressed, outputBytesMax);
        try
        {
            for (var window = source.Next(); !window.IsEmpty; window = source.Next()) buffer.Write(window);
            return buffer;
        }
        catch
        {
            buffer.Dispose();
            throw;
        }
    }

    /// <summary>Reads one record after the other.</summary>
    public struct Enumerator : IDisposable
    {
        private readonly BatchHeader _header;
        private readonly PooledBuffer? _decompressed;
        private ReadOnlyMemory<byte> _records;
        private int _read;

        internal Enumerator(ReadOnlyMemory<byte> batch, long decompressedBytesMax, int capacity)
        {
            bool whole = BatchHeader.TryRead(batch.Span, out _header) && _header.Length >= BatchHeader.Size - BatchHeader.LengthOverhead
                && _header.TotalBytes <= batch.Length && _header.RecordCount >= 0;
            if (!whole) throw new MalformedBatchException(ErrorCode.CorruptMessage, "The bytes are not one whole record batch.");
            _records = batch[BatchHeader.Size.._header.TotalBytes];
            if (_header.Codec == CompressionCodec.None) return;
            // Compaction leaves batches without records, and then there is nothing that could be decompressed.
            if (_header.RecordCount == 0 && _records.IsEmpty) return;
            _decompressed = Decompress(_header.Codec, _records, decompressedBytesMax, capacity);
            _records = _decompressed.Memory;
        }

        public readonly BatchHeader Header => _header;

        public Record Current { get; private set; }

        public bool MoveNext()
        {
            if (_read == _header.RecordCount)
            {
                if (!_records.IsEmpty) throw Malformed($"bytes are left after the last of its {_header.RecordCount} records");
                return false;
            }
            var cursor = new RecordCursor(_records.Span);
            var fault = cursor.Next(out var shape);
            if (fault == RecordFault.EndOfBytes) throw Malformed($"it ends within record {_read}");
            if (fault != RecordFault.None) throw Malformed($"record {_read} is damaged");
            Current = Read(in shape);
            _records = _records[(int)cursor.Consumed..];
            _read++;
            return true;
        }

        public readonly void Dispose() => _decompressed?.Dispose();

        private readonly Record Read(in RecordShape shape) => new()
        {
            Offset = _header.BaseOffset + shape.OffsetDelta,
            Timestamp = _header.TimestampOf(shape.TimestampDelta),
            Key = Field(shape.KeyAt, shape.KeyLength),
            Value = Field(shape.ValueAt, shape.ValueLength),
            Headers = new RecordHeaders(shape.HeaderCount, _records[(int)shape.HeadersAt..(int)shape.EndAt]),
        };

        private readonly ReadOnlyMemory<byte>? Field(long at, int length) => length < 0 ? (ReadOnlyMemory<byte>?)null : _records.Slice((int)at, length);

        private readonly MalformedBatchException Malformed(string problem) =>
            new(ErrorCode.InvalidRecord, $"The record batch at offset {_header.BaseOffset} cannot be read: {problem}.");
    }
}
