using System.Text.Json.Nodes;

namespace Moldau.Conformance.Dialogues;

/// <summary>What a step does.</summary>
internal enum StepKind
{
    /// <summary>Sends a request; see <see cref="ScenarioStep.Reply"/> for what happens to the answer.</summary>
    Ask,

    /// <summary>Sends bytes as they are.</summary>
    Raw,

    /// <summary>Takes the answer of the oldest request whose answer was left for later.</summary>
    Await,

    /// <summary>Closes the connection from the client's side.</summary>
    Close,

    /// <summary>Lets time pass, so that something expires in the broker.</summary>
    Pause,
}

/// <summary>What the client does about the answer to a request.</summary>
internal enum ReplyKind
{
    /// <summary>Reads it; it must fit the recorded one.</summary>
    Expected,

    /// <summary>The protocol has none (acks 0).</summary>
    None,

    /// <summary>An <see cref="StepKind.Await"/> step takes it.</summary>
    Later,

    /// <summary>Nothing may come for two seconds.</summary>
    Silence,
}

/// <summary>One step of a scenario, as recorded.</summary>
internal sealed class ScenarioStep(JsonObject json)
{
    public StepKind Kind { get; } =
        json.ContainsKey("wait_ms") ? StepKind.Pause
        : json.ContainsKey("close") ? StepKind.Close
        : json.ContainsKey("await") ? StepKind.Await
        : json.ContainsKey("raw") ? StepKind.Raw
        : StepKind.Ask;

    public ReplyKind Reply { get; } = json["response"] switch
    {
        null => ReplyKind.None,
        JsonValue value when value.TryGetValue(out string? text) && text == "later" => ReplyKind.Later,
        JsonValue value when value.TryGetValue(out string? text) && text == "timeout" => ReplyKind.Silence,
        _ => ReplyKind.Expected,
    };

    public string Connection => json["conn"]!.GetValue<string>();

    public string Api => json["api"]?.GetValue<string>() ?? "-";

    public short? Key => json["key"]?.GetValue<short>();

    public short? Version => json["version"]?.GetValue<short>();

    public JsonNode? Request => json["request"];

    public JsonNode? Response => json["response"];

    /// <summary>Hex.</summary>
    public string Raw => json["raw"]!.GetValue<string>();

    /// <summary>API key and version that the answer to raw bytes is decoded with; null where it is compared as hex.</summary>
    public (short Key, short Version)? DecodeAs =>
        json["decodeAs"] is JsonArray pair ? (pair[0]!.GetValue<short>(), pair[1]!.GetValue<short>()) : null;

    public bool ClosesOutput => json["shutdownOutput"]?.GetValue<bool>() ?? false;

    public bool IsRepeatedUntilItFits => json["eventually"]?.GetValue<bool>() ?? false;

    public string? ClientId => json.ContainsKey("clientId") ? json["clientId"]?.GetValue<string>() : "dialogue";

    public TimeSpan Wait => TimeSpan.FromMilliseconds(json["wait_ms"]!.GetValue<int>());

    public TimeSpan AwaitMax => TimeSpan.FromMilliseconds(json["timeout_ms"]?.GetValue<int>() ?? 20_000);

    /// <summary>Bounds of the time until the answer, in milliseconds.</summary>
    public (double Min, double Max)? ElapsedMs =>
        json["elapsed_ms"] is JsonObject bounds ? (bounds["min"]!.GetValue<double>(), bounds["max"]!.GetValue<double>()) : null;

    public override string ToString() => Version is { } version ? $"{Api} v{version}" : Kind.ToString();
}
