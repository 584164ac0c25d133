namespace Moldau.Cli.Terminal;

/// <summary>
/// The text of a failure as lines for a terminal. It may quote what a file or another program said, so it is bounded, and nothing
/// in it can take the terminal over.
/// </summary>
internal static class FailureLines
{
    private const int LinesMax = 20;
    private const int LineLengthMax = 500;

    public static IEnumerable<string> Of(string text)
    {
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        foreach (string line in lines.Take(LinesMax))
        {
            yield return SafeText.Of(line.Length <= LineLengthMax ? line : line[..LineLengthMax] + " ...");
        }

        if (lines.Length > LinesMax)
        {
            yield return $"... and {lines.Length - LinesMax} lines more.";
        }
    }
}
