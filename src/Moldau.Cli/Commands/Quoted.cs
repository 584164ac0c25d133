namespace Moldau.Cli.Commands;

/// <summary>A text as it is written in what people paste.</summary>
internal static class Quoted
{
    /// <summary>One word for a POSIX shell; with quotes only where they are needed.</summary>
    public static string ForShell(string text) => text.Length > 0 && text.All(IsPlain) ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";

    public static string ForPython(string text) => $"'{Escape(text).Replace("'", "\\'", StringComparison.Ordinal)}'";

    public static string ForCSharp(string text) => $"\"{Escape(text).Replace("\"", "\\\"", StringComparison.Ordinal)}\"";

    private static string Escape(string text) => text.Replace("\\", "\\\\", StringComparison.Ordinal);

    private static bool IsPlain(char c) => char.IsAsciiLetterOrDigit(c) || "_-./:=,@+%".Contains(c, StringComparison.Ordinal);
}
