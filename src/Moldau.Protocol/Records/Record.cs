using System.Text;

namespace Moldau.Protocol.Records;

/// <summary>One record. Its bytes are borrowed from the batch, or from the buffer that it was decompressed into.</summary>
internal readonly record struct Record
{
    public long Offset { get; init; }

    /// <summary>Milliseconds since 1970: the record's own time, or that of the append where the batch has it so.</summary>
    public long Timestamp { get; init; }

    public ReadOnlyMemory<byte>? Key { get; init; }

    /// <summary>Null in a tombstone, which deletes its key.</summary>
    public ReadOnlyMemory<byte>? Value { get; init; }

    public RecordHeaders Headers { get; init; }
}

/// <summary>The headers of a record, in their encoded form; read by <c>foreach</c>.</summary>
internal readonly record struct RecordHeaders(int Count, ReadOnlyMemory<byte> Encoded)
{
    public static RecordHeaders Of(params ReadOnlySpan<(string Name, byte[]? Value)> headers)
    {
        if (headers.IsEmpty) return default;
        using var encoded = new PooledBuffer();
        foreach (var (name, value) in headers)
        {
            Varint.Write(encoded, Encoding.UTF8.GetByteCount(name));
            Encoding.UTF8.GetBytes(name, encoded.Claim(Encoding.UTF8.GetByteCount(name)));
            Varint.Write(encoded, value?.Length ?? -1);
            encoded.Write(value);
        }
        return new RecordHeaders(headers.Length, encoded.Span.ToArray());
    }

    public Enumerator GetEnumerator() => new(this);

    /// <summary>A header: its name, and its value or null.</summary>
    public readonly record struct Header(ReadOnlyMemory<byte> NameBytes, ReadOnlyMemory<byte>? Value)
    {
        public string Name => Encoding.UTF8.GetString(NameBytes.Span);
    }

    /// <summary>Goes over headers whose lengths the walk over the record has checked already.</summary>
    public struct Enumerator(RecordHeaders headers)
    {
        private ReadOnlyMemory<byte> _rest = headers.Encoded;
        private int _left = headers.Count;

        public Header Current { get; private set; }

        public bool MoveNext()
        {
            if (_left-- <= 0) return false;
            Current = new Header(TakeField() ?? default, TakeField());
            return true;
        }

        private ReadOnlyMemory<byte>? TakeField()
        {
            int length = Varint.Read(_rest.Span, out int size);
            var field = length < 0 ? (ReadOnlyMemory<byte>?)null : _rest.Slice(size, length);
            _rest = _rest[(size + Math.Max(0, length))..];
            return field;
        }
    }
}
