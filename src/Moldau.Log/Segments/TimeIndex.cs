using System.Buffers.Binary;

using Moldau.Log.Files;

namespace Moldau.Log.Segments;

/// <summary>The largest timestamp up to a batch, and that batch's last offset, relative to the segment's base.</summary>
internal readonly record struct TimestampEntry(long TimestampMs, int RelativeOffset);

/// <summary>The <c>.timeindex</c> file: entries of | timestamp 8 | relative offset 4 |, with strictly ascending timestamps.</summary>
internal sealed class TimeIndex(IStoredFile file) : IDisposable
{
    public const int EntryBytes = 12;

    public IStoredFile File => file;

    public IndexEntries<TimestampEntry, Format> Entries { get; } = new(file);

    public TimestampEntry? Last => Entries.Count is > 0 and var count ? Entries[count - 1] : null;

    /// <summary>Takes the file's entries of batches before the offset. What follows them may not have reached the disk whole.</summary>
    public void UseFileBefore(int relativeOffset)
    {
        long newestMs = -1;
        Entries.UseFileWhile(entry =>
        {
            bool belongs = entry.TimestampMs > newestMs && entry.RelativeOffset >= 0 && entry.RelativeOffset < relativeOffset;
            newestMs = entry.TimestampMs;
            return belongs;
        });
    }

    public void AddIfNewer(TimestampEntry entry)
    {
        if (entry.TimestampMs > (Last?.TimestampMs ?? -1)) Entries.Add(entry);
    }

    /// <summary>The relative offset up to which all timestamps are known to be at most the given one; 0 if none is.</summary>
    public int RelativeOffsetBefore(long timestampMs)
    {
        int low = 0, high = Entries.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Entries[middle].TimestampMs <= timestampMs) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : Entries[low - 1].RelativeOffset;
    }

    public void Dispose() => Entries.Dispose();

    internal sealed class Format : IIndexFormat<TimestampEntry>
    {
        public static int EntryBytes => TimeIndex.EntryBytes;

        public static TimestampEntry Read(ReadOnlySpan<byte> bytes) =>
            new(BinaryPrimitives.ReadInt64BigEndian(bytes), BinaryPrimitives.ReadInt32BigEndian(bytes[8..]));

        public static void Write(Span<byte> bytes, TimestampEntry entry)
        {
            BinaryPrimitives.WriteInt64BigEndian(bytes, entry.TimestampMs);
            BinaryPrimitives.WriteInt32BigEndian(bytes[8..], entry.RelativeOffset);
        }
    }
}
