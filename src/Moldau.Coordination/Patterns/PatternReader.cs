using System.Text;

namespace Moldau.Coordination.Patterns;

/// <summary>Goes through the characters of a pattern.</summary>
internal sealed class PatternReader(string pattern)
{
    private int _at;

    public bool IsAtEnd => _at >= pattern.Length;

    public char Peek => pattern[_at];

    public bool IsNext(char c) => !IsAtEnd && pattern[_at] == c;

    public bool IsNext(string text) => string.CompareOrdinal(pattern, _at, text, 0, text.Length) == 0;

    public bool Take(char c)
    {
        if (!IsNext(c)) return false;
        _at++;
        return true;
    }

    public bool Take(string text)
    {
        if (!IsNext(text)) return false;
        _at += text.Length;
        return true;
    }

    /// <summary>The next character, of all of Unicode.</summary>
    public int Next()
    {
        if (IsAtEnd) throw Fault("it ends too early");
        if (!Rune.TryGetRuneAt(pattern, _at, out var rune)) throw Fault("half a character stands alone");
        _at += rune.Utf16SequenceLength;
        return rune.Value;
    }

    /// <summary>What stands before that character, which is passed.</summary>
    public string Until(char end)
    {
        int found = pattern.IndexOf(end, _at);
        if (found < 0) throw Fault($"'{end}' is missing");
        string before = pattern[_at..found];
        _at = found + 1;
        return before;
    }

    /// <summary><c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c>; null, and nothing is passed, where the brace is just a brace.</summary>
    public (int Min, int? Max)? TakeBraces()
    {
        int end = IsNext('{') ? pattern.IndexOf('}', _at) : -1;
        if (end < 0) return null;
        string[] numbers = pattern[(_at + 1)..end].Split(',');
        if (numbers.Length > 2 || Number(numbers[0]) is not { } min) return null;
        int? max = numbers is [_, ""] ? null : Number(numbers[^1]) ?? -1;
        if (max == -1) return null;
        _at = end + 1;
        return (min, max);
    }

    public PatternFaultException Fault(string cause) => new($"it breaks at character {Math.Min(_at, pattern.Length)}: {cause}");

    /// <summary>One that is too large to be read is too large for anything else.</summary>
    private static int? Number(string digits)
    {
        if (digits.Length == 0 || !digits.All(char.IsAsciiDigit)) return null;
        return int.TryParse(digits, out int number) ? number : int.MaxValue;
    }
}
