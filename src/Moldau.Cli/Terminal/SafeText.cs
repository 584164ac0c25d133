using System.Globalization;
using System.Text;

namespace Moldau.Cli.Terminal;

/// <summary>Text of a message as one line: no line end within it, and no control sequence that could take over a terminal.</summary>
internal static class SafeText
{
    public static string Of(string text)
    {
        // A producer that sent its line with the line end means no second line.
        string line = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        return line.Any(IsHarmful) ? Escape(line) : line;
    }

    /// <summary>As one of several fields with tabs between them: none within it.</summary>
    public static string Field(string text) => Of(text).Replace("\t", "\\t", StringComparison.Ordinal);

    private static bool IsHarmful(char c) => (char.IsControl(c) && c != '\t') || c is '\u2028' or '\u2029';

    private static string Escape(string line)
    {
        var escaped = new StringBuilder(line.Length + 16);
        foreach (char c in line)
        {
            _ = c switch
            {
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                _ when IsHarmful(c) => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
                _ => escaped.Append(c),
            };
        }

        return escaped.ToString();
    }
}
