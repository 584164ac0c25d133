using System.Text.Json.Nodes;

namespace Moldau.TestKit.Schemas;

/// <summary>One recorded message of one version: its value and its bytes.</summary>
internal sealed class MessageVector
{
    private static readonly string[] Parts =
        ["requests", "responses", "headers", "metadata-records", "group-records", "transaction-records", "share-records", "other"];

    private MessageVector(JsonObject json)
    {
        Schema = MessageSchemas.ByName[json["name"]!.GetValue<string>()];
        Version = json["version"]!.GetValue<short>();
        Case = json["case"]!.GetValue<string>();
        Value = json["json"]!.AsObject();
        Bytes = Convert.FromHexString(json["hex"]!.GetValue<string>());
        UnknownTags = [.. (json["unknownTags"]?.AsArray() ?? []).Select(tag => (tag![0]!.GetValue<int>(), Convert.FromHexString(tag[1]!.GetValue<string>())))];
        Prefix = PrefixOf(Schema, Version);
    }

    public MessageSchema Schema { get; }

    public short Version { get; }

    public string Case { get; }

    public JsonObject Value { get; }

    /// <summary>Prefix and message.</summary>
    public byte[] Bytes { get; }

    public IReadOnlyList<(int Tag, byte[] Data)> UnknownTags { get; }

    /// <summary>What stands before a message that is stored in a record: its type and version.</summary>
    public byte[] Prefix { get; }

    public byte[] Body => Bytes[Prefix.Length..];

    public override string ToString() => $"{Schema.Name} version {Version}, {Case}";

    public static IEnumerable<MessageVector> All() =>
        Parts.SelectMany(part => Fixture.Lines($"vectors/{part}.jsonl")).Select(line => new MessageVector(JsonNode.Parse(line)!.AsObject()));

    private static byte[] PrefixOf(MessageSchema schema, short version)
    {
        var prefix = new MemoryStream();
        switch (schema.Kind)
        {
            case "metadata-record" or "remote-log-metadata-record":
                JsonToWire.UnsignedVarint(prefix, 1);
                JsonToWire.UnsignedVarint(prefix, (uint)(schema.ApiKey ?? 0));
                JsonToWire.UnsignedVarint(prefix, (uint)version);
                break;
            case "coordinator-key":
                prefix.Write([(byte)((schema.ApiKey ?? 0) >> 8), (byte)(schema.ApiKey ?? 0)]);
                break;
            case "coordinator-value":
                prefix.Write([(byte)(version >> 8), (byte)version]);
                break;
        }
        return prefix.ToArray();
    }
}
