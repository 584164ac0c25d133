using System.Text.Json.Nodes;

namespace Moldau.Conformance.Dialogues;

/// <summary>
/// Where Kafka leaves a client without any answer, Moldau gives one: a line of <c>better-answers.jsonl</c> says which, in place of the
/// silence that was recorded.
/// </summary>
internal static class BetterAnswer
{
    private static readonly Dictionary<(string Scenario, int Step), JsonNode?> All = File
        .ReadLines(Path.Combine(AppContext.BaseDirectory, "Dialogues", "better-answers.jsonl"))
        .Select(line => JsonNode.Parse(line)!.AsObject())
        .ToDictionary(line => (line["id"]!.GetValue<string>(), line["step"]!.GetValue<int>()), line => line["response"]);

    /// <summary>The step as it is replayed; the ordinal counts from 1.</summary>
    public static JsonObject Apply(string scenario, int ordinal, JsonObject step)
    {
        if (!All.TryGetValue((scenario, ordinal), out var response)) return step;
        if (step["response"]?.GetValue<string>() != DialogueConnection.Timeout)
            throw new InvalidDataException($"Scenario {scenario}, step {ordinal}: Kafka answers here, so there is nothing to better.");
        step["response"] = response?.DeepClone();
        return step;
    }
}
