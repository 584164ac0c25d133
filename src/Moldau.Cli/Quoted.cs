using System.Text;
using Moldau.Cli.Terminal;

namespace Moldau.Cli;

/// <summary>A text as it is written in what people paste.</summary>
internal static class Quoted
{
    /// <summary>One word for a POSIX shell, on one line; with quotes only where they are needed, and without a backtick, which ends a command within a sentence.</summary>
    public static string ForShell(string text) => text switch
    {
        // zsh takes =ls for the path of ls.
        { Length: > 0 } when text[0] != '=' && text.All(IsPlain) => text,
        _ when SafeText.IsPlain(text) && !text.Contains('`', StringComparison.Ordinal) => $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'",
        _ => $"$'{string.Concat(text.EnumerateRunes().Select(InDollarQuotes))}'",
    };

    public static string ForPython(string text) => $"'{Escape(text).Replace("'", "\\'", StringComparison.Ordinal)}'";

    public static string ForCSharp(string text) => $"\"{Escape(text).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    /// <summary>What is not shown as it is, by its bytes: of all numbers the octal ones have an end.</summary>
    private static string InDollarQuotes(Rune rune) => $"{rune}" switch
    {
        "\n" => "\\n",
        "\\" or "'" => $"\\{rune}",
        "`" => InOctal("`"),
        var text when SafeText.IsPlain(text) => text,
        var text => InOctal(text),
    };

    private static string InOctal(string text) => string.Concat(Encoding.UTF8.GetBytes(text).Select(b => $"\\{Convert.ToString(b, 8).PadLeft(3, '0')}"));

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal);

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || "_-./:=,@+%".Contains(c, StringComparison.Ordinal);
}
