using System.Text.Json.Nodes;

namespace Moldau.TestKit.Schemas;

/// <summary>All schemas of Kafka 4.4, by name and by API key. Independent of the specs that Moldau's own messages are generated from.</summary>
internal static class MessageSchemas
{
    public static readonly IReadOnlyDictionary<string, MessageSchema> ByName = Load();

    private static readonly Dictionary<short, MessageSchema> Requests = ByKey("request");
    private static readonly Dictionary<short, MessageSchema> Responses = ByKey("response");

    public static MessageSchema Request(short apiKey) => Requests[apiKey];

    public static MessageSchema Response(short apiKey) => Responses[apiKey];

    private static Dictionary<string, MessageSchema> Load() =>
        JsonNode.Parse(Fixture.Text("tables/messages-4.4.json"))!.AsArray()
            .Select(json => new MessageSchema(json!.AsObject()))
            .ToDictionary(schema => schema.Name, StringComparer.Ordinal);

    private static Dictionary<short, MessageSchema> ByKey(string kind) =>
        ByName.Values.Where(schema => schema.Kind == kind).ToDictionary(schema => schema.ApiKey!.Value);
}
