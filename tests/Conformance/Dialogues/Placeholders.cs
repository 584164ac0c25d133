using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Moldau.Conformance.Dialogues;

/// <summary>
/// The values that <c>${name}</c> stands for in one scenario. A name takes the value that it first meets in an answer; matching works on a
/// copy, so that an attempt which fails leaves nothing behind.
/// </summary>
internal sealed partial class Placeholders
{
    private Dictionary<string, JsonNode> _values = new(StringComparer.Ordinal);

    /// <summary>The SCRAM exchange of each connection.</summary>
    public Dictionary<string, ScramExchange> Scram { get; private init; } = new(StringComparer.Ordinal);

    public bool IsBound(string name) => _values.ContainsKey(name);

    public JsonNode this[string name]
    {
        get => _values.TryGetValue(name, out var value) ? value : throw new InvalidOperationException($"Nothing has bound ${{{name}}} yet.");
        set => _values[name] = value.DeepClone();
    }

    /// <summary>A trial whose bindings count only once they are <see cref="Accept">accepted</see>.</summary>
    public Placeholders Try() => new() { _values = new(_values, StringComparer.Ordinal), Scram = Scram };

    public void Accept(Placeholders trial) => _values = trial._values;

    /// <summary>The value as it stands inside a longer text.</summary>
    public string Text(string name) => this[name] is JsonValue value && value.TryGetValue(out string? text)
        ? text
        : this[name].ToJsonString();

    /// <summary>The name where the whole text is one placeholder.</summary>
    public static string? WholeName(string text) => Whole().Match(text) is { Success: true } match ? match.Groups[1].Value : null;

    public static MatchCollection NamesIn(string text) => Any().Matches(text);

    /// <summary>Fills the placeholders of a request.</summary>
    public JsonNode? Fill(JsonNode? template, string connection) => template switch
    {
        null => null,
        JsonArray list => new JsonArray([.. list.Select(element => Fill(element, connection))]),
        JsonObject value when value.Count == 2 && value.ContainsKey("hex") && value.ContainsKey("producerId") => BatchesOfProducer(value),
        JsonObject value => new JsonObject(value.Select(field => KeyValuePair.Create(field.Key, Fill(field.Value, connection)))),
        JsonValue value when value.TryGetValue(out string? text) => FillText(text, connection),
        _ => template.DeepClone(),
    };

    private JsonNode FillText(string text, string connection)
    {
        if (WholeName(text) is not { } name) return JsonValue.Create(Any().Replace(text, match => Text(match.Groups[1].Value)));
        if (!name.StartsWith("scramClientFinal:", StringComparison.Ordinal)) return this[name].DeepClone();
        string[] parts = name.Split(':');
        return JsonValue.Create(Scram[connection].ClientFinal(mechanism: parts[1], password: parts[2]));
    }

    private JsonValue BatchesOfProducer(JsonObject template)
    {
        byte[] batches = Hex.Parse(template["hex"]!.GetValue<string>());
        string producerId = template["producerId"] is JsonValue value && value.TryGetValue(out string? text)
            ? Any().Replace(text, match => Text(match.Groups[1].Value))
            : template["producerId"]!.ToJsonString();
        RecordedBatches.StampProducerId(batches, long.Parse(producerId, CultureInfo.InvariantCulture));
        return JsonValue.Create(Convert.ToHexStringLower(batches));
    }

    [GeneratedRegex(@"^\$\{([^}]*)\}$")]
    private static partial Regex Whole();

    [GeneratedRegex(@"\$\{([^}]*)\}")]
    private static partial Regex Any();
}
