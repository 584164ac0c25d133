using Moldau.Protocol;

namespace Moldau.Conformance.Dialogues;

/// <summary>A scenario that does not apply to what is served so far, and why: a line of <c>not-yet.txt</c>.</summary>
internal sealed record Exclusion(string Id, string Reason)
{
    private const string NeedsApi = "needs ";

    public const string Controller = "needs a CONTROLLER listener";

    public const string AccessControl = "needs access control lists";

    public static readonly IReadOnlyDictionary<string, Exclusion> All = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "Dialogues", "not-yet.txt"))
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split(" | "))
        .ToDictionary(parts => parts[0], parts => new Exclusion(parts[0], parts[1]), StringComparer.Ordinal);

    /// <summary>The reasons for which a scenario may stand in the list. There are no others, so an answer that is merely wrong cannot hide in it.</summary>
    public static IEnumerable<string> ReasonsFor(Scenario scenario)
    {
        if (scenario.IsStrict) yield return AccessControl;
        if (scenario.Listeners.Contains("CONTROLLER")) yield return Controller;
        foreach (var key in scenario.Steps.SelectMany(KeysOf).Distinct().Where(key => !ServedApis.Includes(key))) yield return NeedsApi + (ApiKey)key;
    }

    private static IEnumerable<short> KeysOf(ScenarioStep step)
    {
        if (step.Key is { } key) yield return key;
        if (step.DecodeAs is { } decodeAs) yield return decodeAs.Key;
    }
}
