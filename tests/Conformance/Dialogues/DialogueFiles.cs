using System.Text.Json.Nodes;
using Moldau.TestKit;

namespace Moldau.Conformance.Dialogues;

/// <summary>
/// The recorded scenarios, in the order in which they were recorded: most with the settings of <c>main.properties</c>, those about access
/// control with <c>strict.properties</c>.
/// </summary>
internal static class DialogueFiles
{
    /// <summary>Narrows the run to scenarios whose id or name contains this text, for whoever works on one of them.</summary>
    private static readonly string? Only = Environment.GetEnvironmentVariable("MOLDAU_SCENARIO");

    public static readonly IReadOnlyList<Scenario> Main = [.. RecordedWith("main")];

    public static readonly IReadOnlyList<Scenario> Strict = [.. RecordedWith("strict")];

    public static IEnumerable<Scenario> All => Main.Concat(Strict);

    public static IEnumerable<Scenario> Chosen => Main.Where(scenario => Only is null || scenario.ToString().Contains(Only, StringComparison.Ordinal));

    /// <summary>The recorded broker's settings, with free ports instead of fixed ones and without its directory.</summary>
    public static IEnumerable<KeyValuePair<string, string>> MainProperties() => Properties("main");

    public static IEnumerable<KeyValuePair<string, string>> StrictProperties() => Properties("strict");

    private static IEnumerable<Scenario> RecordedWith(string config) => Directory
        .GetFiles(Path.Combine(AppContext.BaseDirectory, "Fixtures", "dialogues"), $"*.{config}.jsonl.gz")
        .Order(StringComparer.Ordinal)
        .SelectMany(file => Fixture.Lines("dialogues/" + Path.GetFileNameWithoutExtension(file)))
        .Select(line => new Scenario(JsonNode.Parse(line)!.AsObject()));

    private static IEnumerable<KeyValuePair<string, string>> Properties(string config)
    {
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Fixtures", "dialogues", $"{config}.properties")))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            string key = line[..equals];
            if (key == "log.dirs") continue;
            string value = line[(equals + 1)..];
            yield return new(key, key == "listeners" ? WithFreePorts(value) : value);
        }
    }

    private static string WithFreePorts(string listeners) =>
        string.Join(',', listeners.Split(',').Select(listener => listener[..(listener.LastIndexOf(':') + 1)] + "0"));
}
