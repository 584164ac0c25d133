namespace Moldau.Cli.Terminal;

/// <summary>
/// The sentences of a failure as lines for a terminal. They may quote what a file or another program said, so they are bounded, and nothing
/// in them can take the terminal over.
/// </summary>
internal static class FailureLines
{
    private const int LinesMax = 20;
    private const int LineLengthMax = 500;

    public static IEnumerable<string> Of(IReadOnlyCollection<string> lines)
    {
        foreach (string line in lines.Take(LinesMax))
        {
            yield return SafeText.Named(line.Length <= LineLengthMax ? line : line[..LineLengthMax] + " ...");
        }

        if (lines.Count > LinesMax)
        {
            yield return $"... and {lines.Count - LinesMax} lines more.";
        }
    }
}
