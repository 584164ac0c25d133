using System.Buffers.Binary;

namespace Moldau.Protocol.Records;

/// <summary>Why an enumeration over batches came to its end.</summary>
internal enum BatchesEnd
{
    /// <summary>It has not: there may be more batches.</summary>
    NotReached,

    /// <summary>The last batch ended where the bytes end.</summary>
    Complete,

    /// <summary>The bytes end within a batch. Usual where a size limit or a crash cut them.</summary>
    Incomplete,

    /// <summary>A length below that of any message, or a format version that does not exist.</summary>
    Corrupt,

    /// <summary>A length below that of a batch's header.</summary>
    ShorterThanHeader,

    /// <summary>A length so large that the end of the batch is beyond what can be counted.</summary>
    LengthOverflow,

    /// <summary>A whole message of format version 0 or 1, which Kafka wrote before 0.11.</summary>
    LegacyFormat,
}

/// <summary>
/// Walks over the batches of a span without allocating. It cuts by the length fields and looks at nothing else: neither checksum nor records.
/// </summary>
internal ref struct BatchEnumerator(ReadOnlySpan<byte> bytes)
{
    /// <summary>The least length that a message of any format version has.</summary>
    private const int LengthMin = 14;

    private readonly ReadOnlySpan<byte> _bytes = bytes;
    private BatchHeader _current = default;
    private int _position = 0;
    private int _next = 0;

    public readonly BatchHeader Current => _current;

    /// <summary>Where the current batch begins.</summary>
    public readonly int Position => _position;

    /// <summary>The current batch, header and records.</summary>
    public readonly ReadOnlySpan<byte> CurrentBytes => _bytes[_position.._next];

    /// <summary>Bytes up to the end of the current batch: once the end is reached, all that are whole batches.</summary>
    public readonly int WholeBytes => _next;

    public BatchesEnd End { get; private set; } = BatchesEnd.NotReached;

    public bool MoveNext()
    {
        if (End != BatchesEnd.NotReached) return false;
        var rest = _bytes[_next..];
        End = Judge(rest);
        if (End != BatchesEnd.NotReached) return false;
        BatchHeader.TryRead(rest, out _current);
        _position = _next;
        _next += _current.TotalBytes;
        return true;
    }

    private static BatchesEnd Judge(ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty) return BatchesEnd.Complete;
        if (rest.Length <= BatchHeader.MagicAt) return BatchesEnd.Incomplete;
        int length = BinaryPrimitives.ReadInt32BigEndian(rest[BatchHeader.LengthAt..]);
        sbyte magic = (sbyte)rest[BatchHeader.MagicAt];
        if (length < LengthMin || magic is < 0 or > BatchHeader.CurrentMagic) return BatchesEnd.Corrupt;
        if (length > int.MaxValue - BatchHeader.LengthOverhead) return BatchesEnd.LengthOverflow;
        if (length + BatchHeader.LengthOverhead > rest.Length) return BatchesEnd.Incomplete;
        if (magic < BatchHeader.CurrentMagic) return BatchesEnd.LegacyFormat;
        return length < BatchHeader.Size - BatchHeader.LengthOverhead ? BatchesEnd.ShorterThanHeader : BatchesEnd.NotReached;
    }
}
