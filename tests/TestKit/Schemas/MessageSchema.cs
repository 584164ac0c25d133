using System.Text.Json.Nodes;

namespace Moldau.TestKit.Schemas;

/// <summary>One of Kafka's schemas: a request, a response, a header, a record or plain data.</summary>
internal sealed class MessageSchema
{
    private readonly Dictionary<string, IReadOnlyList<SchemaField>> _structs = new(StringComparer.Ordinal);

    public MessageSchema(JsonObject json)
    {
        Name = json["name"]!.GetValue<string>();
        Kind = json["type"]!.GetValue<string>();
        ApiKey = json["apiKey"]?.GetValue<short>();
        ValidVersions = VersionRange.Parse(json["validVersions"]?.GetValue<string>());
        FlexibleVersions = VersionRange.Parse(json["flexibleVersions"]?.GetValue<string>());
        Fields = SchemaField.ParseAll(json["fields"]);
        Listeners = [.. (json["listeners"]?.AsArray() ?? []).Select(listener => listener!.GetValue<string>())];
        LatestVersionUnstable = json["latestVersionUnstable"]?.GetValue<bool>();
        CommonStructs = [.. (json["commonStructs"]?.AsArray() ?? []).Select(common => (common!["name"]!.GetValue<string>(), SchemaField.ParseAll(common["fields"])))];
        foreach (var (name, fields) in CommonStructs) Declare(name, fields);
        DeclareNested(Fields);
    }

    public string Name { get; }

    /// <summary><c>request</c>, <c>response</c>, <c>header</c>, <c>metadata-record</c>, <c>coordinator-key</c>, <c>coordinator-value</c>, <c>data</c> ...</summary>
    public string Kind { get; }

    public short? ApiKey { get; }

    public VersionRange ValidVersions { get; }

    public VersionRange FlexibleVersions { get; }

    public IReadOnlyList<string> Listeners { get; }

    /// <summary>Null where the table does not say.</summary>
    public bool? LatestVersionUnstable { get; }

    /// <summary>Structs that several fields of the message share, in the order of the table.</summary>
    public IReadOnlyList<(string Name, IReadOnlyList<SchemaField> Fields)> CommonStructs { get; }

    public IReadOnlyList<SchemaField> Fields { get; }

    /// <summary>Every struct of the message by its name, shared or declared at a field.</summary>
    public IReadOnlyDictionary<string, IReadOnlyList<SchemaField>> Structs => _structs;

    private void Declare(string name, IReadOnlyList<SchemaField> fields)
    {
        _structs[name] = fields;
        DeclareNested(fields);
    }

    private void DeclareNested(IReadOnlyList<SchemaField> fields)
    {
        foreach (var field in fields.Where(field => field.Fields.Count > 0)) Declare(field.ElementType, field.Fields);
    }
}
