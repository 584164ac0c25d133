using Moldau.Log.Files;
using Moldau.Log.Segments;

namespace Moldau.Log.Recovery;

/// <summary>
/// Files in a partition's directory that an interrupted deletion or compaction left behind, dealt with before the log is loaded,
/// by Kafka's rules. Files .cleaned mean nothing. Files .swap stand for all segments whose offsets they cover, unless a file
/// .cleaned of the same or a lower offset is there: then they were not all there yet, and the old segments still are.
/// </summary>
internal static class Leftovers
{
    public static void CleanUp(LogEnvironment environment, string directory)
    {
        var files = environment.Files;
        var names = files.FileNames(directory);
        Delete(files, directory, Ending(names, SegmentFiles.DeletedSuffix));
        Delete(files, directory, Ending(names, FileStoreExtensions.TemporarySuffix));
        var cleaned = Ending(names, SegmentFiles.CleanedSuffix);
        var swap = Ending(names, SegmentFiles.SwapSuffix);
        if (cleaned.Count == 0 && swap.Count == 0) return;
        long cleanedMin = cleaned.Min(SegmentFiles.OffsetIn) ?? long.MaxValue;
        var undone = swap.Where(name => SegmentFiles.OffsetIn(name) >= cleanedMin).ToList();
        Delete(files, directory, undone);
        // First durably those: without the files .cleaned beside them they would count.
        files.FlushDirectory(directory);
        Delete(files, directory, cleaned);
        Complete(files, directory, swap.Except(undone).ToList());
        files.FlushDirectory(directory);
    }

    /// <summary>
    /// Deletes durably what a former pass left of segments that it did not put in place: beside the files .swap of the next they would say
    /// that those are not all there.
    /// </summary>
    public static void DeleteCleaned(IFileStore files, string directory)
    {
        var cleaned = Ending(files.FileNames(directory), SegmentFiles.CleanedSuffix);
        // Some may have been named .swap before; those names must not be what is left of them.
        if (cleaned.Count > 0) files.FlushDirectory(directory);
        Delete(files, directory, cleaned);
        files.FlushDirectory(directory);
    }

    private static void Complete(IFileStore files, string directory, List<string> swap)
    {
        foreach (string name in swap)
        {
            if (!name.EndsWith(SegmentFiles.Log + SegmentFiles.SwapSuffix, StringComparison.Ordinal)) continue;
            if (SegmentFiles.OffsetIn(name) is { } baseOffset) DeleteCovered(files, directory, baseOffset, EndOf(files, Path.Combine(directory, name), baseOffset));
        }
        files.FlushDirectory(directory);
        foreach (string name in swap)
        {
            files.Rename(Path.Combine(directory, name), Path.Combine(directory, name[..^SegmentFiles.SwapSuffix.Length]));
        }
    }

    /// <summary>Deletes the segments that the cleaned one stands for; the snapshot at its base belongs to its beginning.</summary>
    private static void DeleteCovered(IFileStore files, string directory, long baseOffset, long endOffset)
    {
        foreach (string name in files.FileNames(directory))
        {
            if (name.EndsWith(SegmentFiles.SwapSuffix, StringComparison.Ordinal)) continue;
            if (SegmentFiles.OffsetIn(name) is not { } offset || offset < baseOffset || offset >= endOffset) continue;
            if (offset == baseOffset && name.EndsWith(SegmentFiles.ProducerSnapshot, StringComparison.Ordinal)) continue;
            files.DeleteFile(Path.Combine(directory, name));
        }
    }

    /// <summary>The offset after the last record, which is beyond the base in any case: the first of the old segments has that.</summary>
    private static long EndOf(IFileStore files, string path, long baseOffset)
    {
        using var log = files.Open(path, FileCreation.Existing);
        LegacyMessage.RefuseAt(log, 0);
        Span<byte> window = stackalloc byte[HeaderWalk.WindowBytes];
        var walk = new HeaderWalk(log, 0, SegmentFiles.LengthOf(log), window);
        long end = baseOffset + 1;
        while (walk.MoveNext()) end = Math.Max(end, walk.Header.NextOffset);
        return end;
    }

    private static List<string> Ending(IReadOnlyList<string> names, string suffix) =>
        names.Where(name => name.EndsWith(suffix, StringComparison.Ordinal)).ToList();

    private static void Delete(IFileStore files, string directory, List<string> names)
    {
        foreach (string name in names) files.DeleteFile(Path.Combine(directory, name));
    }
}
