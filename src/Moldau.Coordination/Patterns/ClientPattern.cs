using System.Text.RegularExpressions;

namespace Moldau.Coordination.Patterns;

/// <summary>
/// Patterns of names that come from clients (of topics, of transactional ids). Since clients make them, they are matched by an engine whose time grows with the name and not with the
/// choices in the pattern, and patterns that it cannot match, or that would blow up its automaton, are refused.
/// </summary>
internal static class ClientPattern
{
    private const int LengthMax = 1_000;

    /// <summary>Places of the pattern's automaton, with repetitions written out: it bounds what a character of a name costs.</summary>
    private const int PlacesMax = 2_000;

    private const RegexOptions Options = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;

    /// <summary>What is wrong with the pattern; null if it can be used.</summary>
    public static string? Fault(string pattern)
    {
        if (pattern.Length > LengthMax) return $"it has {pattern.Length} characters, and {LengthMax} are the limit";
        try
        {
            _ = new Regex(pattern); // As it stands: in its frame below, a parenthesis that is missing could find another.
            if (PatternSize.Of(pattern) > PlacesMax) return $"written out, its repetitions come to more than {PlacesMax} characters";
            _ = Framed(pattern);
            return null;
        }
        catch (RegexParseException fault)
        {
            return $"it breaks at character {fault.Offset} ({fault.Error})";
        }
        catch (NotSupportedException)
        {
            return "it looks ahead, looks back or refers to what it matched before, which patterns of names cannot";
        }
    }

    /// <summary>The names that match as a whole. A pattern that another version of the broker let pass may match nothing here.</summary>
    public static HashSet<string> Match(string pattern, IEnumerable<string> names)
    {
        var matching = new HashSet<string>(StringComparer.Ordinal);
        if (Fault(pattern) is not null) return matching;
        var framed = Framed(pattern);
        matching.UnionWith(names.Where(name => framed.IsMatch(name)));
        return matching;
    }

    /// <summary>Matches a whole name. For patterns without a fault.</summary>
    public static Regex Framed(string pattern) => new($@"\A(?:{pattern})\z", Options);
}
