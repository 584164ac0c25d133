using System.Text.Json.Nodes;

namespace Moldau.Conformance.Dialogues;

/// <summary>One recorded conversation: what was sent on which connection, and what a real Kafka answered.</summary>
internal sealed class Scenario
{
    private readonly Dictionary<string, string> _listeners;

    public Scenario(JsonObject json)
    {
        Id = json["id"]!.GetValue<string>();
        Name = json["name"]!.GetValue<string>();
        IsStrict = json["config"]?["name"]?.GetValue<string>() == "strict";
        _listeners = (json["connections"]?.AsObject() ?? []).ToDictionary(entry => entry.Key, entry => entry.Value!.GetValue<string>());
        Steps = [.. json["steps"]!.AsArray().Select((step, index) => new ScenarioStep(BetterAnswer.Apply(Id, index + 1, step!.AsObject())))];
    }

    /// <summary>Area and ordinal, such as <c>06-012</c>.</summary>
    public string Id { get; }

    public string Name { get; }

    /// <summary>Whether it was recorded with access control lists in force.</summary>
    public bool IsStrict { get; }

    public IReadOnlyList<ScenarioStep> Steps { get; }

    public IEnumerable<string> Listeners => _listeners.Values;

    public string ListenerOf(string connection) => _listeners.GetValueOrDefault(connection, "PLAINTEXT");

    public override string ToString() => $"{Id} {Name}";
}
