using System.Globalization;
using System.Text;

namespace Moldau.Broker.Config;

/// <summary>
/// Reads Java's properties syntax: <c>key=value</c>, <c>key: value</c> or <c>key value</c>; # and ! begin comments; a backslash at the end
/// of a line continues it, elsewhere it escapes. Of a key that comes twice the last value counts.
/// </summary>
internal static class PropertiesFile
{
    public static Dictionary<string, string> Read(string path)
    {
        try
        {
            string text = File.ReadAllText(path);
            return text.Any(IsBinary)
                ? throw new ConfigException($"The configuration file {path} is no text: lines of key=value are expected.")
                : Parse(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new ConfigException($"The configuration file {path} cannot be read: {e.Message}");
        }
    }

    private static bool IsBinary(char c) => c < ' ' && c is not ('\t' or '\n' or '\r' or '\f');

    public static Dictionary<string, string> Parse(string text)
    {
        var properties = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (string line in LogicalLines(text))
        {
            int keyEnd = KeyEnd(line), valueStart = ValueStart(line, keyEnd);
            properties[Unescape(line.AsSpan(0, keyEnd))] = Unescape(line.AsSpan(valueStart));
        }

        return properties;
    }

    /// <summary>Lines with their continuations joined, without comments and blank lines.</summary>
    private static IEnumerable<string> LogicalLines(string text)
    {
        using var reader = new StringReader(text);
        while (reader.ReadLine() is { } natural)
        {
            string line = natural.TrimStart(' ', '\t', '\f');
            if (line.Length == 0 || line[0] is '#' or '!') continue;
            while (IsContinued(line)) line = line[..^1] + (reader.ReadLine() ?? "").TrimStart(' ', '\t', '\f');
            yield return line;
        }
    }

    // An even number of backslashes at the end are escaped backslashes, not a continuation.
    private static bool IsContinued(string line) => (line.Length - line.TrimEnd('\\').Length) % 2 == 1;

    private static int KeyEnd(string line)
    {
        int at = 0;
        while (at < line.Length && line[at] is not ('=' or ':' or ' ' or '\t' or '\f')) at += line[at] == '\\' ? 2 : 1;
        return Math.Min(at, line.Length);
    }

    private static int ValueStart(string line, int keyEnd)
    {
        int at = SkipSpace(line, keyEnd);
        return at < line.Length && line[at] is '=' or ':' ? SkipSpace(line, at + 1) : at;
    }

    private static int SkipSpace(string line, int at)
    {
        while (at < line.Length && line[at] is ' ' or '\t' or '\f') at++;
        return at;
    }

    private static string Unescape(ReadOnlySpan<char> text)
    {
        if (!text.Contains('\\')) return text.ToString();
        var plain = new StringBuilder(text.Length);
        for (int at = 0; at < text.Length; at++)
        {
            if (text[at] != '\\') plain.Append(text[at]);
            else if (++at < text.Length) plain.Append(Escaped(text, ref at));
        }

        return plain.ToString();
    }

    private static char Escaped(ReadOnlySpan<char> text, ref int at)
    {
        switch (text[at])
        {
            case 't': return '\t';
            case 'n': return '\n';
            case 'r': return '\r';
            case 'f': return '\f';
            case 'u':
                var digits = text[(at + 1)..Math.Min(at + 5, text.Length)];
                bool isHex = ushort.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ushort unit);
                if (!isHex || digits.Length < 4)
                    throw new ConfigException(@"A \u in the configuration file must be followed by four hexadecimal digits.");
                at += 4;
                return (char)unit;
            default: return text[at];
        }
    }
}
