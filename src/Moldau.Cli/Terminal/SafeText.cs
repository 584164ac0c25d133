using System.Globalization;
using System.Text;

namespace Moldau.Cli.Terminal;

/// <summary>Texts of others as one line: no line end within it, and no control sequence that could take over a terminal.</summary>
internal static class SafeText
{
    /// <summary>A message, which stands alone in its line.</summary>
    public static string Of(string text)
    {
        // A producer that sent its line with the line end means no second line.
        string line = text.EndsWith("\r\n", StringComparison.Ordinal) ? text[..^2] : text.EndsWith('\n') ? text[..^1] : text;
        return line.Any(EndsOrTakesOver) ? Escape(line, EndsOrTakesOver) : line;
    }

    /// <summary>A message as one of several fields with tabs between them: none within it.</summary>
    public static string Field(string text) => Of(text).Replace("\t", "\\t", StringComparison.Ordinal);

    /// <summary>A name, or a sentence with names in it: nor anything that changes the direction in which the rest is read.</summary>
    public static string Named(string text) => IsPlain(text) ? text : Escape(text, IsHarmful);

    /// <summary>Whether a name is shown as it is.</summary>
    public static bool IsPlain(string text) => !text.Any(IsHarmful);

    private static bool EndsOrTakesOver(char c) => (char.IsControl(c) && c != '\t') || c is '\u2028' or '\u2029';

    private static bool IsHarmful(char c) => EndsOrTakesOver(c) || c is '\t' or WholeCommands.Blank or '\u061c' or '\u200e' or '\u200f' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');

    private static string Escape(string line, Predicate<char> isHarmful)
    {
        var escaped = new StringBuilder(line.Length + 16);
        foreach (char c in line)
        {
            _ = c switch
            {
                _ when !isHarmful(c) => escaped.Append(c),
                '\n' => escaped.Append("\\n"),
                '\r' => escaped.Append("\\r"),
                '\t' => escaped.Append("\\t"),
                _ => escaped.Append(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}"),
            };
        }

        return escaped.ToString();
    }
}
