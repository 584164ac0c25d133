using System.Text.Json.Nodes;

namespace Moldau.TestKit.Schemas;

/// <summary>A field as the table of Kafka's schemas has it.</summary>
internal sealed class SchemaField
{
    public required string Name { get; init; }

    /// <summary>As written: <c>int32</c>, <c>[]string</c>, <c>TopicPartition</c>.</summary>
    public required string Type { get; init; }

    public required VersionRange Versions { get; init; }

    public required VersionRange TaggedVersions { get; init; }

    public required VersionRange NullableVersions { get; init; }

    /// <summary>Null where the message's own range holds.</summary>
    public required VersionRange? FlexibleVersions { get; init; }

    public required int Tag { get; init; }

    public required bool IsMapKey { get; init; }

    public required bool IsIgnorable { get; init; }

    public required bool IsZeroCopy { get; init; }

    public required string? EntityType { get; init; }

    /// <summary>Whether the table states the default, null included.</summary>
    public required bool HasExplicitDefault { get; init; }

    /// <summary>The fields of a struct that is declared here; empty where the type is a primitive or declared elsewhere.</summary>
    public required IReadOnlyList<SchemaField> Fields { get; init; }

    /// <summary>What an object that nobody filled holds. An explicit null of the table is null here as well.</summary>
    public required JsonNode? Default { get; init; }

    public bool IsArray => Type.StartsWith("[]", StringComparison.Ordinal);

    public string ElementType => IsArray ? Type[2..] : Type;

    /// <summary>The name as the vectors' JSON spells it.</summary>
    public string JsonName => char.ToLowerInvariant(Name[0]) + Name[1..];

    public static SchemaField Parse(JsonObject json)
    {
        string type = json["type"]!.GetValue<string>();
        return new()
        {
            Name = json["name"]!.GetValue<string>(),
            Type = type,
            Versions = Range(json, "versions"),
            TaggedVersions = Range(json, "taggedVersions"),
            NullableVersions = Range(json, "nullableVersions"),
            FlexibleVersions = json.ContainsKey("flexibleVersions") ? Range(json, "flexibleVersions") : null,
            Tag = json["tag"]?.GetValue<int>() ?? -1,
            IsMapKey = json["mapKey"]?.GetValue<bool>() ?? false,
            IsIgnorable = json["ignorable"]?.GetValue<bool>() ?? false,
            IsZeroCopy = json["zeroCopy"]?.GetValue<bool>() ?? false,
            EntityType = json["entityType"]?.GetValue<string>(),
            HasExplicitDefault = json.ContainsKey("default"),
            Fields = ParseAll(json["fields"]),
            Default = json.ContainsKey("default") ? json["default"]?.DeepClone() : DefaultOf(type),
        };
    }

    public static IReadOnlyList<SchemaField> ParseAll(JsonNode? array) =>
        array is null ? [] : [.. array.AsArray().Select(field => Parse(field!.AsObject()))];

    private static VersionRange Range(JsonObject json, string key) => VersionRange.Parse(json[key]?.GetValue<string>());

    private static JsonNode? DefaultOf(string type) => type switch
    {
        _ when type.StartsWith("[]", StringComparison.Ordinal) => new JsonArray(),
        "int8" or "int16" or "uint16" or "int32" or "uint32" or "int64" or "float64" => JsonValue.Create(0L),
        "bool" => JsonValue.Create(false),
        "uuid" => JsonValue.Create("AAAAAAAAAAAAAAAAAAAAAA"),
        "string" or "bytes" => JsonValue.Create(""),
        "records" => null,
        _ => new JsonObject(),
    };
}
