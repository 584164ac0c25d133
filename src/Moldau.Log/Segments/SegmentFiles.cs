using System.Globalization;

using Moldau.Log.Files;

namespace Moldau.Log.Segments;

/// <summary>Names of the files of a segment: the base offset with 20 digits, and what kind of file it is.</summary>
internal static class SegmentFiles
{
    public const string Log = ".log";
    public const string OffsetIndex = ".index";
    public const string TimeIndex = ".timeindex";
    public const string AbortedTransactions = ".txnindex";
    public const string ProducerSnapshot = ".snapshot";

    /// <summary>Of files that are out of their log and wait for their deletion.</summary>
    public const string DeletedSuffix = ".deleted";

    /// <summary>Of files that compaction is writing: they mean nothing yet.</summary>
    public const string CleanedSuffix = ".cleaned";

    /// <summary>Of files that compaction has finished: they stand for the segments whose offsets they cover.</summary>
    public const string SwapSuffix = ".swap";

    private const int OffsetDigits = 20;

    private static readonly string[] AllSuffixes = [Log, OffsetIndex, TimeIndex, AbortedTransactions, ProducerSnapshot];

    public static string PathOf(string directory, long offset, string suffix) =>
        Path.Combine(directory, offset.ToString("D20", CultureInfo.InvariantCulture) + suffix);

    /// <summary>Deletes all files of a segment, the snapshot at its base too.</summary>
    public static void Delete(IFileStore files, string directory, long baseOffset)
    {
        foreach (string suffix in AllSuffixes)
        {
            string path = PathOf(directory, baseOffset, suffix);
            if (files.FileExists(path)) files.DeleteFile(path);
        }
    }

    /// <summary>Bytes of a segment's log file.</summary>
    /// <exception cref="IOException">They are more than a position in an index can say.</exception>
    public static int LengthOf(IStoredFile log) => log.Length is <= int.MaxValue and var length
        ? (int)length
        : throw new IOException($"{log.Path} has {log.Length} bytes, and no segment has more than {int.MaxValue}. Whatever has written it, put the segment back as it was.");

    /// <summary>Gives a file the suffix of those that wait for their deletion. A former file of that name may wait there still.</summary>
    public static void MarkDeleted(IFileStore files, IStoredFile file)
    {
        if (!files.FileExists(file.Path)) return;
        string deleted = file.Path + DeletedSuffix;
        for (int i = 1; files.FileExists(deleted); i++) deleted = string.Create(CultureInfo.InvariantCulture, $"{file.Path}.{i}{DeletedSuffix}");
        file.Rename(deleted);
    }

    /// <summary>Whether a file has, by its name, left its log or not come into it yet.</summary>
    public static bool HasSuffix(string path) => !AllSuffixes.Contains(Path.GetExtension(path));

    /// <summary>The offset in a file's name, or null if the file is of another kind.</summary>
    public static long? OffsetOf(string fileName, string suffix) =>
        fileName.Length == OffsetDigits + suffix.Length && fileName.EndsWith(suffix, StringComparison.Ordinal) ? OffsetIn(fileName) : null;

    /// <summary>The offset that a file's name begins with, or null if it begins otherwise.</summary>
    public static long? OffsetIn(string fileName)
    {
        if (fileName.Length <= OffsetDigits || fileName[OffsetDigits] != '.') return null;
        return long.TryParse(fileName.AsSpan(0, OffsetDigits), NumberStyles.None, CultureInfo.InvariantCulture, out long offset) ? offset : null;
    }
}
