namespace Moldau.Coordination.Patterns;

/// <summary>
/// How many places a pattern has when its counted repetitions are written out: <c>(ab){10}</c> has 20. Never too low for a pattern that
/// is well-formed; it need not be exact.
/// </summary>
internal static class PatternSize
{
    private const long Overflow = int.MaxValue;

    public static long Of(string pattern)
    {
        var groups = new Stack<Level>();
        var level = new Level(0, 0);
        for (int at = 0; at < pattern.Length; at++)
        {
            switch (pattern[at])
            {
                case '(':
                    groups.Push(level);
                    level = new Level(0, 0);
                    break;
                case ')' when groups.Count > 0:
                    long inside = level.Sum;
                    level = groups.Pop().Plus(Math.Max(inside, 1));
                    break;
                case '[':
                    at = EndOfClass(pattern, at);
                    level = level.Plus(1);
                    break;
                case '\\':
                    at++;
                    level = level.Plus(1);
                    break;
                case '{' when CountAt(pattern, at) is { } count:
                    level = level.Times(count);
                    at = pattern.IndexOf('}', at);
                    break;
                default:
                    level = level.Plus(1);
                    break;
            }
        }
        while (groups.Count > 0) level = groups.Pop().Plus(level.Sum);
        return level.Sum;
    }

    private static int EndOfClass(string pattern, int start)
    {
        int at = start + 1;
        if (at < pattern.Length && pattern[at] == '^') at++;
        if (at < pattern.Length && pattern[at] == ']') at++; // The first one is meant as it stands.
        while (at < pattern.Length && pattern[at] != ']') at += pattern[at] == '\\' ? 2 : 1;
        return at;
    }

    /// <summary>The larger number of <c>{n}</c>, <c>{n,}</c> or <c>{n,m}</c>; null where the brace is just a brace.</summary>
    private static long? CountAt(string pattern, int start)
    {
        int end = pattern.IndexOf('}', start);
        if (end < 0) return null;
        long largest = 0;
        foreach (var number in pattern[(start + 1)..end].Split(',', count: 2))
        {
            if (number.Length == 0) continue;
            if (!number.All(char.IsAsciiDigit)) return null;
            largest = Math.Max(largest, long.TryParse(number, out long value) ? Math.Min(value, Overflow) : Overflow);
        }
        return largest;
    }

    /// <param name="Sum">The places so far, with those of the last part.</param>
    /// <param name="Last">Those of the last part, which a count repeats.</param>
    private readonly record struct Level(long Sum, long Last)
    {
        public Level Plus(long places) => new(Math.Min(Sum + places, Overflow), places);

        public Level Times(long count)
        {
            long repeated = Last == 0 ? 0 : count > Overflow / Last ? Overflow : Last * count;
            return new Level(Math.Min(Sum - Last + repeated, Overflow), repeated);
        }
    }
}
