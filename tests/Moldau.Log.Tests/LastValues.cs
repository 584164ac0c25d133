using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

/// <summary>The table that a reader makes of a log of keyed records from an offset on: of each key the last value, and where it stands.</summary>
internal sealed class LastValues(long fromOffset)
{
    private readonly SortedDictionary<byte, (long Offset, long TimestampMs, string Value)> _values = [];

    public void Take(byte[] batch)
    {
        foreach (var record in new BatchRecords(batch))
        {
            if (record.Offset < fromOffset) continue;
            byte key = record.Key!.Value.Span[0];
            if (record.Value is { } value) _values[key] = (record.Offset, record.Timestamp, Convert.ToHexString(value.Span));
            else _values.Remove(key);
        }
    }

    public bool Equals(LastValues other) => _values.SequenceEqual(other._values);

    public override string ToString() => string.Join(", ", _values.Select(entry => $"{entry.Key} at {entry.Value.Offset}"));
}
