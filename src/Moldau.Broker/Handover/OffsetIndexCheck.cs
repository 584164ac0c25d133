using System.Buffers.Binary;

namespace Moldau.Broker.Handover;

/// <summary>
/// Compares <c>.index</c> with its segment: each entry must lead to the beginning of a batch that does not begin behind the offset of the
/// entry, in rising order. Kafka looks at it neither at a clean start nor later; a wrong entry misleads its readers.
/// </summary>
// | relative offset 4 | position 4 | ... Files of active segments are preallocated, so zeros may follow.
internal sealed class OffsetIndexCheck(string path, long baseOffset) : IDisposable
{
    public const int EntryBytes = 8;

    private readonly IndexEntryReader _entries = new(path, EntryBytes);
    private long _lastOffset = -1;
    private long _lastPosition = -1;
    private (long Offset, long Position)? _waiting;

    /// <summary>What is wrong with the first bad entry, and where it stands.</summary>
    public (string Problem, long Position)? Fault { get; private set; }

    /// <summary>Compares what the index says of the file up to and with this batch.</summary>
    public void See(SegmentReader batch)
    {
        while (Fault is null && Peek() is { } entry && entry.Position <= batch.Position)
        {
            if (entry.Position < batch.Position) Fail($"The entry leads to byte {entry.Position}, where no batch begins.");
            else if (entry.Offset < batch.Current.BaseOffset) Fail($"The entry for offset {entry.Offset} leads to a batch that begins at offset {batch.Current.BaseOffset}.");
            _waiting = null;
        }
    }

    public void Finish(long lastOffset)
    {
        if (_entries.OddBytes > 0) Fail($"Its length of {_entries.Length} bytes is no multiple of {EntryBytes}.", _entries.Length - _entries.OddBytes);
        if (Fault is null && Peek() is { } beyond) Fail($"The entry leads to byte {beyond.Position}, beyond the last batch.");
        if (Fault is null && _lastOffset > lastOffset) Fail($"The entry for offset {_lastOffset} is beyond the last offset {lastOffset}.");
    }

    public void Dispose() => _entries.Dispose();

    private (long Offset, long Position)? Peek()
    {
        if (_waiting is not null) return _waiting;
        if (!_entries.TryNext(out var bytes)) return null;
        if (_entries.BrokenPadding)
        {
            Fail("Entries follow zeros.");
            return null;
        }
        long offset = baseOffset + BinaryPrimitives.ReadInt32BigEndian(bytes);
        long position = BinaryPrimitives.ReadInt32BigEndian(bytes[4..]);
        if (offset < baseOffset || position < 0) Fail($"The entry says offset {offset}, byte {position}, below where the segment begins.");
        else if (offset <= _lastOffset || position <= _lastPosition) Fail($"The entry for offset {offset}, byte {position} is not behind the one before it.");
        (_lastOffset, _lastPosition) = (offset, position);
        return _waiting = (offset, position);
    }

    private void Fail(string problem, long? position = null) => Fault ??= (problem, position ?? _entries.Position);
}
