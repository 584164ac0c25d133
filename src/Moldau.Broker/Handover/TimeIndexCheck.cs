using System.Buffers.Binary;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Handover;

/// <summary>
/// Compares <c>.timeindex</c> with its segment: an entry promises that no record up to its offset is younger than its timestamp, and
/// entries rise in both. Kafka's sanity check of it asks for no more than that the last timestamp is not below the first.
/// </summary>
// | timestamp 8 | relative offset 4 | ... Files of active segments are preallocated, so zeros may follow.
internal sealed class TimeIndexCheck(string path, long baseOffset) : IDisposable
{
    public const int EntryBytes = 12;

    private readonly IndexEntryReader _entries = new(path, EntryBytes);
    private long _youngest = BatchHeader.None;
    private long _lastTimestamp = long.MinValue;
    private long _lastOffset = -1;
    private (long Timestamp, long Offset)? _waiting;

    /// <inheritdoc cref="OffsetIndexCheck.Fault"/>
    public (string Problem, long Position)? Fault { get; private set; }

    public void See(BatchHeader batch)
    {
        while (Fault is null && Peek() is { } entry && entry.Offset < batch.LastOffset) Compare(entry);
        _youngest = Math.Max(_youngest, batch.MaxTimestamp);
    }

    public void Finish(long lastOffset)
    {
        if (_entries.OddBytes > 0) Fail($"Its length of {_entries.Length} bytes is no multiple of {EntryBytes}.", _entries.Length - _entries.OddBytes);
        while (Fault is null && Peek() is { } entry)
        {
            if (entry.Offset > lastOffset) Fail($"The entry for offset {entry.Offset} is beyond the last offset {lastOffset}.");
            Compare(entry);
        }
    }

    public void Dispose() => _entries.Dispose();

    private void Compare((long Timestamp, long Offset) entry)
    {
        if (_youngest > entry.Timestamp) Fail($"The entry says that no record up to offset {entry.Offset} is younger than {entry.Timestamp} ms; one has {_youngest} ms.");
        _waiting = null;
    }

    private (long Timestamp, long Offset)? Peek()
    {
        if (_waiting is not null) return _waiting;
        if (!_entries.TryNext(out var bytes)) return null;
        long timestamp = BinaryPrimitives.ReadInt64BigEndian(bytes);
        long offset = baseOffset + BinaryPrimitives.ReadInt32BigEndian(bytes[8..]);
        // The time 0 at the segment's first offset is an entry of zeros and means what it says, but only as the first one.
        if (_entries.BrokenPadding && _entries.Position > EntryBytes) Fail("Entries follow zeros.");
        else if (offset < baseOffset) Fail($"The entry says offset {offset}, below the segment's first offset {baseOffset}.");
        else if (timestamp <= _lastTimestamp || offset < _lastOffset) Fail($"The entry for {timestamp} ms, offset {offset} is not behind the one before it.");
        (_lastTimestamp, _lastOffset) = (timestamp, offset);
        return _waiting = (timestamp, offset);
    }

    private void Fail(string problem, long? position = null) => Fault ??= (problem, position ?? _entries.Position);
}
