using Moldau.Log.Files;

namespace Moldau.TestKit;

/// <summary>
/// The bytes of all files of a directory as lines of text, beside those that were frozen. A difference is a change of a format that users have
/// on their disks.
/// </summary>
internal static class GoldenFiles
{
    /// <summary>A line for each file: its path, its length, and its bytes up to the last that is not 0.</summary>
    public static IEnumerable<string> LinesOf(IFileStore files, string directory)
    {
        foreach (string name in files.FileNames(directory).Order(StringComparer.Ordinal))
        {
            byte[] bytes = files.ReadAll(Path.Combine(directory, name));
            yield return $"{directory}/{name} {bytes.Length} {Convert.ToHexStringLower(bytes.AsSpan().TrimEnd((byte)0))}";
        }
        foreach (string name in files.DirectoryNames(directory).Order(StringComparer.Ordinal))
        {
            foreach (string line in LinesOf(files, $"{directory}/{name}")) yield return line;
        }
    }

    /// <summary>Null where the lines are those of the frozen file beside the tests; else the first that differs, and where all of them are.</summary>
    public static string? Difference(string frozenName, IReadOnlyList<string> lines)
    {
        string[] frozen = File.ReadAllLines(Path.Combine(AppContext.BaseDirectory, frozenName));
        if (frozen.SequenceEqual(lines)) return null;
        string present = Path.Combine(Path.GetTempPath(), frozenName);
        File.WriteAllLines(present, lines);
        int at = frozen.Zip(lines).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"{present} has what is written now. From line {at + 1} on it is not {frozenName}:\n{lines.ElementAtOrDefault(at)}\ninstead of\n{frozen.ElementAtOrDefault(at)}";
    }
}
