using System.Text;

namespace Moldau.Broker;

/// <summary>
/// The text of a log line. Much of it is the words of clients, some of whom have not even logged in: they can neither begin a line of their
/// own, nor steer a terminal, nor fill the log.
/// </summary>
internal static class LogLine
{
    public const int CharsMax = 4_096;

    public static string Of(string text)
    {
        int left = Math.Min(text.Length, CharsMax);
        if (left == text.Length && !text.Any(IsSteering)) return text;
        var line = new StringBuilder(left + 64);
        foreach (char c in text.AsSpan(0, left))
        {
            if (IsSteering(c)) line.Append($"\\u{(int)c:x4}");
            else line.Append(c);
        }
        if (left < text.Length) line.Append($"... ({text.Length - left} characters more)");
        return line.ToString();
    }

    /// <summary>Line ends, terminal sequences, and what turns the direction of writing around.</summary>
    private static bool IsSteering(char c) =>
        char.IsControl(c) || c is '\u2028' or '\u2029' or (>= '\u202a' and <= '\u202e') or (>= '\u2066' and <= '\u2069');
}
