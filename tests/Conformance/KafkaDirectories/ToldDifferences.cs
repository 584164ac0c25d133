using System.Text.Json.Nodes;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>Where what Moldau tells is not what Kafka told: a path, and both values.</summary>
internal static class ToldDifferences
{
    private const int ShownMax = 160;

    public static IEnumerable<string> Between(JsonNode? expected, JsonNode? actual, string path = "")
    {
        // The internal topics move on with every start of a broker.
        if (path.StartsWith("/topics/__", StringComparison.Ordinal) && path.EndsWith("/offsets", StringComparison.Ordinal)) return [];
        return (expected, actual) switch
        {
            (JsonObject wanted, JsonObject found) => wanted.Select(field => field.Key).Union(found.Select(field => field.Key)).Order(StringComparer.Ordinal)
                .SelectMany(name => Between(wanted[name], found[name], $"{path}/{name}")),
            (JsonArray wanted, JsonArray found) when wanted.Count == found.Count =>
                wanted.SelectMany((element, index) => Between(element, found[index], $"{path}/{index}")),
            _ => JsonNode.DeepEquals(expected, actual) ? [] : [$"{path}: {Shown(actual)} instead of {Shown(expected)}"],
        };
    }

    private static string Shown(JsonNode? node)
    {
        string text = node?.ToJsonString() ?? "null";
        return text.Length <= ShownMax ? text : text[..ShownMax] + "...";
    }
}
