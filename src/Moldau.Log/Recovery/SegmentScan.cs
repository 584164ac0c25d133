using System.Buffers;

using Moldau.Log.Files;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Log.Recovery;

/// <summary>Takes a whole batch that a scan found.</summary>
internal delegate void BatchFound(in BatchHeader header, ReadOnlySpan<byte> batch);

/// <summary>What a scan is told of the segment.</summary>
internal readonly record struct ScanRange
{
    /// <summary>Where in the file it begins.</summary>
    public int Position { get; init; }

    /// <summary>The least offset that the first batch there may have.</summary>
    public required long BaseOffset { get; init; }

    /// <summary>
    /// Batches that end here or before are known to have been whole: a wrong checksum among them is damage, which readers are
    /// told of, and no torn end.
    /// </summary>
    public required long WholeUntil { get; init; }

    /// <summary>Where batches end at the latest, as the next segment begins there.</summary>
    public required long EndMax { get; init; }
}

/// <summary>Reads a segment's file batch by batch and checks each: its lengths, its checksum, and that offsets rise.</summary>
internal static class SegmentScan
{
    private const int ChunkBytes = 1024 * 1024;

    /// <summary>
    /// Hands on every valid batch up to the first that is not. The answer is where that one begins: what follows was torn.
    /// </summary>
    public static int Run(IStoredFile log, ScanRange range, BatchFound found)
    {
        int length = (int)Math.Min(log.Length, int.MaxValue);
        byte[] chunk = ArrayPool<byte>.Shared.Rent(Math.Min(ChunkBytes, Math.Max(length, 1)));
        try
        {
            var place = new BatchPlace(range.BaseOffset, range.EndMax);
            int position = range.Position;
            while (TryFill(log, position, length, ref chunk, out int count))
            {
                int taken = Take(chunk.AsSpan(0, count), range.WholeUntil, ref place, found);
                if (taken == 0) break;
                position += taken;
            }
            return position;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }

    /// <summary>Reads at least the whole batch at the position. The announced length is believed only as far as the file goes.</summary>
    private static bool TryFill(IStoredFile log, int position, int length, ref byte[] chunk, out int count)
    {
        count = 0;
        if (length - position < BatchHeader.Size) return false;
        count = log.Read(position, chunk.AsSpan(0, Math.Min(chunk.Length, length - position)));
        if (!BatchHeader.TryRead(chunk.AsSpan(0, count), out var header)) return false;
        if (header.Length > length - position - BatchHeader.LengthOverhead) return false;
        if (header.Length < 0 || header.TotalBytes <= count) return true;
        ArrayPool<byte>.Shared.Return(chunk);
        chunk = ArrayPool<byte>.Shared.Rent(header.TotalBytes);
        count = log.Read(position, chunk.AsSpan(0, header.TotalBytes));
        return count == header.TotalBytes;
    }

    private static int Take(ReadOnlySpan<byte> chunk, long wholeUntil, ref BatchPlace place, BatchFound found)
    {
        var batches = new BatchEnumerator(chunk);
        int taken = 0;
        while (batches.MoveNext())
        {
            if (!place.Takes(batches.Current) || batches.Current.RecordCount < 0) break;
            if (batches.Current.NextOffset > wholeUntil && !batches.Current.CrcMatches(batches.CurrentBytes)) break;
            found(batches.Current, batches.CurrentBytes);
            place = place.Behind(batches.Current);
            taken = batches.WholeBytes;
        }
        return taken;
    }
}
