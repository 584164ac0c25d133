using System.Buffers.Binary;

using Moldau.Log.Files;

namespace Moldau.Log.Segments;

/// <summary>The last offset of a batch, relative to the segment's base, and where in the file that batch begins.</summary>
internal readonly record struct OffsetPosition(int RelativeOffset, int Position);

/// <summary>The <c>.index</c> file: sparse, ascending entries of | relative offset 4 | file position 4 |.</summary>
internal sealed class OffsetIndex(IStoredFile file) : IDisposable
{
    public const int EntryBytes = 8;

    public IStoredFile File => file;

    public IndexEntries<OffsetPosition, Format> Entries { get; } = new(file);

    /// <summary>Takes the file's entries of batches before the offset. What follows them may not have reached the disk whole.</summary>
    public void UseFileBefore(int relativeOffset)
    {
        var last = default(OffsetPosition);
        Entries.UseFileWhile(entry =>
        {
            bool belongs = entry.RelativeOffset > last.RelativeOffset && entry.Position > last.Position && entry.RelativeOffset < relativeOffset;
            last = entry;
            return belongs;
        });
    }

    /// <summary>The last entry at or before an offset: where to begin looking for it. Null before the first entry.</summary>
    public OffsetPosition? EntryBefore(int relativeOffset) => CountUpTo(relativeOffset) is > 0 and var count ? Entries[count - 1] : null;

    /// <summary>The first entry behind an offset; null if there is none yet.</summary>
    public OffsetPosition? EntryBehind(int relativeOffset) => CountUpTo(relativeOffset) is var count && count < Entries.Count ? Entries[count] : null;

    public void Dispose() => Entries.Dispose();

    private int CountUpTo(int relativeOffset)
    {
        int low = 0, high = Entries.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (Entries[middle].RelativeOffset <= relativeOffset) low = middle + 1;
            else high = middle;
        }
        return low;
    }

    internal sealed class Format : IIndexFormat<OffsetPosition>
    {
        public static int EntryBytes => OffsetIndex.EntryBytes;

        public static OffsetPosition Read(ReadOnlySpan<byte> bytes) =>
            new(BinaryPrimitives.ReadInt32BigEndian(bytes), BinaryPrimitives.ReadInt32BigEndian(bytes[4..]));

        public static void Write(Span<byte> bytes, OffsetPosition entry)
        {
            BinaryPrimitives.WriteInt32BigEndian(bytes, entry.RelativeOffset);
            BinaryPrimitives.WriteInt32BigEndian(bytes[4..], entry.Position);
        }
    }
}
