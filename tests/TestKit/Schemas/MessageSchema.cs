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
        foreach (var common in json["commonStructs"]?.AsArray() ?? [])
            Declare(common!["name"]!.GetValue<string>(), SchemaField.ParseAll(common["fields"]));
        DeclareNested(Fields);
    }

    public string Name { get; }

    /// <summary><c>request</c>, <c>response</c>, <c>header</c>, <c>metadata-record</c>, <c>coordinator-key</c>, <c>coordinator-value</c>, <c>data</c> ...</summary>
    public string Kind { get; }

    public short? ApiKey { get; }

    public VersionRange ValidVersions { get; }

    public VersionRange FlexibleVersions { get; }

    public IReadOnlyList<SchemaField> Fields { get; }

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
