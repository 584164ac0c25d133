namespace Moldau.Coordination.Patterns;

/// <summary>
/// Patterns of names that come from clients (of topics, of transactional ids), in the syntax of RE2 as in Kafka. Since clients make them, nothing that
/// they may be costs more than a bounded time for each look-up, nor more than a bounded memory.
/// </summary>
internal static class ClientPattern
{
    private const int LengthMax = 1_000;

    /// <summary>What is wrong with the pattern; null if it can be used.</summary>
    public static string? Fault(string pattern) => TryRead(pattern, out string? fault) is null ? fault : null;

    /// <summary>Matches names as a whole; null where something is wrong with the pattern.</summary>
    public static PatternMatcher? Matcher(string pattern, int budget = PatternMatcher.BudgetSteps) =>
        TryRead(pattern, out _) is { } program ? new PatternMatcher(program, budget) : null;

    private static PatternProgram? TryRead(string pattern, out string? fault)
    {
        fault = pattern.Length > LengthMax ? $"it has {pattern.Length} characters, and {LengthMax} are the limit" : null;
        if (fault is not null) return null;
        try
        {
            return PatternProgram.Of(pattern);
        }
        catch (PatternFaultException found)
        {
            fault = found.Message;
            return null;
        }
    }
}
