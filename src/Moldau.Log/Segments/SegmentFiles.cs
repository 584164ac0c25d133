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

    /// <summary>The offset in a file's name, or null if the file is of another kind.</summary>
    public static long? OffsetOf(string fileName, string suffix)
    {
        if (fileName.Length != OffsetDigits + suffix.Length || !fileName.EndsWith(suffix, StringComparison.Ordinal)) return null;
        return long.TryParse(fileName.AsSpan(0, OffsetDigits), NumberStyles.None, CultureInfo.InvariantCulture, out long offset) ? offset : null;
    }
}
