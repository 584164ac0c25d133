using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;

namespace Moldau.TestKit.Schemas;

/// <summary>Encodes the JSON of a message to its bytes, driven by the schema alone.</summary>
internal sealed class JsonToWire
{
    private readonly MessageSchema _schema;
    private readonly int _version;
    private readonly bool _flexible;
    private readonly Func<string, byte[]> _records;

    private JsonToWire(MessageSchema schema, int version, Func<string, byte[]> records)
    {
        _schema = schema;
        _version = version;
        _flexible = schema.FlexibleVersions.Contains(version);
        _records = records;
    }

    /// <summary>Encodes with records in base64, as the vectors have them.</summary>
    public static byte[] Encode(MessageSchema schema, int version, JsonObject message, IReadOnlyList<(int Tag, byte[] Data)>? unknownTags = null) =>
        Encode(schema, version, message, Convert.FromBase64String, unknownTags);

    public static byte[] Encode(
        MessageSchema schema, int version, JsonObject message, Func<string, byte[]> records, IReadOnlyList<(int Tag, byte[] Data)>? unknownTags = null)
    {
        var target = new MemoryStream();
        new JsonToWire(schema, version, records).Fields(target, schema.Fields, message, unknownTags ?? []);
        return target.ToArray();
    }

    public static void UnsignedVarint(Stream target, uint value)
    {
        for (; value > 0x7f; value >>= 7) target.WriteByte((byte)(value | 0x80));
        target.WriteByte((byte)value);
    }

    private void Fields(MemoryStream target, IReadOnlyList<SchemaField> fields, JsonObject values, IReadOnlyList<(int Tag, byte[] Data)> unknownTags)
    {
        var tagged = unknownTags.ToList();
        foreach (var field in fields.Where(field => field.Versions.Contains(_version)))
        {
            bool present = values.TryGetPropertyValue(field.JsonName, out var value);
            if (!field.TaggedVersions.Contains(_version))
            {
                Value(target, field, field.Type, present ? value : field.Default);
            }
            else if (present)
            {
                var body = new MemoryStream();
                Value(body, field, field.Type, value);
                tagged.Add((field.Tag, body.ToArray()));
            }
        }
        if (_flexible) Tagged(target, tagged);
    }

    private static void Tagged(MemoryStream target, List<(int Tag, byte[] Data)> tagged)
    {
        UnsignedVarint(target, (uint)tagged.Count);
        foreach (var (tag, data) in tagged.OrderBy(field => field.Tag))
        {
            UnsignedVarint(target, (uint)tag);
            UnsignedVarint(target, (uint)data.Length);
            target.Write(data);
        }
    }

    private void Value(MemoryStream target, SchemaField field, string type, JsonNode? value)
    {
        bool compact = field.FlexibleVersions?.Contains(_version) ?? _flexible;
        if (type.StartsWith("[]", StringComparison.Ordinal)) Array(target, field, type[2..], value?.AsArray(), compact);
        else if (type == "string") Blob(target, value is null ? null : Encoding.UTF8.GetBytes(value.GetValue<string>()), compact, lengthBytes: 2);
        else if (type == "bytes") Blob(target, value is null ? null : Convert.FromBase64String(value.GetValue<string>()), compact, lengthBytes: 4);
        else if (type == "records") Blob(target, value is null ? null : _records(value.GetValue<string>()), compact, lengthBytes: 4);
        else if (_schema.Structs.TryGetValue(type, out var fields)) Struct(target, field, fields, value?.AsObject());
        else Primitive(target, type, value!);
    }

    private void Array(MemoryStream target, SchemaField field, string element, JsonArray? values, bool compact)
    {
        Length(target, values?.Count ?? -1, compact, lengthBytes: 4);
        foreach (var value in values ?? [])
        {
            // Elements are never null, so they carry no presence byte, whatever the field says about the array.
            if (_schema.Structs.TryGetValue(element, out var fields)) Fields(target, fields, value!.AsObject(), []);
            else Value(target, field, element, value);
        }
    }

    private void Struct(MemoryStream target, SchemaField field, IReadOnlyList<SchemaField> fields, JsonObject? value)
    {
        if (field.NullableVersions.Contains(_version))
        {
            bool tagged = field.TaggedVersions.Contains(_version);
            target.WriteByte(value is not null ? (byte)1 : tagged ? (byte)0 : (byte)0xff);
            if (value is null) return;
        }
        Fields(target, fields, value!, []);
    }

    private static void Blob(MemoryStream target, byte[]? bytes, bool compact, int lengthBytes)
    {
        Length(target, bytes?.Length ?? -1, compact, lengthBytes);
        target.Write(bytes ?? []);
    }

    private static void Length(MemoryStream target, int length, bool compact, int lengthBytes)
    {
        if (compact) UnsignedVarint(target, (uint)(length + 1));
        else BigEndian(target, length, lengthBytes);
    }

    private static void Primitive(MemoryStream target, string type, JsonNode value)
    {
        switch (type)
        {
            case "bool": target.WriteByte(value.GetValue<bool>() ? (byte)1 : (byte)0); break;
            case "int8": BigEndian(target, Integer(value), 1); break;
            case "int16" or "uint16": BigEndian(target, Integer(value), 2); break;
            case "int32" or "uint32": BigEndian(target, Integer(value), 4); break;
            case "int64": BigEndian(target, Integer(value), 8); break;
            case "float64": BigEndian(target, BitConverter.DoubleToInt64Bits(Number(value)), 8); break;
            case "uuid": target.Write(Base64Url.DecodeFromChars(value.GetValue<string>())); break;
            default: throw new NotSupportedException($"The table names the type '{type}', which is neither a primitive nor a declared struct.");
        }
    }

    private static long Integer(JsonNode value) => value.AsValue().TryGetValue(out long number) ? number : (long)value.GetValue<double>();

    private static double Number(JsonNode value) => value.AsValue().TryGetValue(out double number) ? number : value.GetValue<long>();

    private static void BigEndian(MemoryStream target, long value, int bytes)
    {
        Span<byte> all = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(all, value);
        target.Write(all[^bytes..]);
    }
}
