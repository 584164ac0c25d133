using Moldau.Protocol.Records;

namespace Moldau.Log.Segments;

/// <summary>Finds batches of a segment by their offsets, through its index.</summary>
internal readonly struct BatchSearch(Segment segment)
{
    /// <summary>
    /// Where the batch begins that holds the offset, or the next one if compaction removed it; null if there is none before the
    /// size.
    /// </summary>
    public (int Position, BatchHeader Header)? Locate(long offset, int size) => Locate(offset, size, out _);

    /// <summary>The same. Where damage keeps the search from the segment's end, it tells where that begins.</summary>
    public (int Position, BatchHeader Header)? Locate(long offset, int size, out int? damaged)
    {
        damaged = null;
        Span<byte> window = stackalloc byte[HeaderWalk.WindowBytes];
        var walk = new HeaderWalk(segment.Log, PositionBefore(offset), size, window);
        bool isThere = walk.MoveNext();
        while (isThere)
        {
            var (position, header) = (walk.Position, walk.Header);
            if (header.LastOffset < offset)
            {
                isThere = walk.MoveNext();
                continue;
            }
            // The one behind it is looked at only for an offset within the batch, which few ask for.
            isThere = header.BaseOffset < offset && walk.MoveNext() && Hides(position, header, walk.Header, offset);
            if (!isThere) return (position, header);
        }
        if (walk.Next < size) damaged = walk.Next;
        return null;
    }

    /// <summary>
    /// Where to begin looking for an offset: at or before the batch that holds it. An index has no checksum, so an entry counts only
    /// where such a batch stands; else it is looked for from the beginning.
    /// </summary>
    public int PositionBefore(long offset)
    {
        if (segment.Offsets.EntryBefore(segment.Relative(offset)) is not { } entry) return 0;
        Span<byte> header = stackalloc byte[BatchHeader.Size];
        bool isThere = entry.Position >= 0 && segment.Log.Read(entry.Position, header) == header.Length && BatchHeader.TryRead(header, out var found)
            && found.BaseOffset >= segment.BaseOffset && found.LastOffset <= segment.BaseOffset + entry.RelativeOffset
            && found.Length >= BatchHeader.Size - BatchHeader.LengthOverhead;
        return isThere ? entry.Position : 0;
    }

    /// <summary>Where the batch ends whose last offset precedes the given one.</summary>
    public int? EndBefore(long offset)
    {
        Span<byte> window = stackalloc byte[HeaderWalk.WindowBytes];
        var walk = new HeaderWalk(segment.Log, PositionBefore(offset - 1), SegmentFiles.LengthOf(segment.Log), window);
        while (walk.MoveNext())
        {
            if (walk.Header.NextOffset == offset) return walk.Position + walk.Header.TotalBytes;
            if (walk.Header.NextOffset > offset) return null;
        }
        return null;
    }

    /// <summary>Whether a damaged header claims an offset for its batch that stands in the next one, or behind that.</summary>
    private bool Hides(int position, in BatchHeader header, in BatchHeader next, long offset)
    {
        if (next.BaseOffset > offset || next.BaseOffset <= header.BaseOffset) return false;
        byte[] batch = new byte[header.TotalBytes];
        return segment.Log.Read(position, batch) < batch.Length || !header.CrcMatches(batch);
    }
}
