using System.Buffers.Binary;
using System.Buffers.Text;
using System.Text;
using System.Text.Json.Nodes;

namespace Moldau.TestKit.Schemas;

/// <summary>Decodes the bytes of a message to JSON, driven by the schema alone. Tagged fields at their default are left out.</summary>
internal sealed class WireToJson
{
    private readonly MessageSchema _schema;
    private readonly int _version;
    private readonly bool _flexible;
    private readonly Func<byte[], JsonNode> _records;
    private readonly byte[] _bytes;
    private int _position;

    private WireToJson(MessageSchema schema, int version, byte[] bytes, Func<byte[], JsonNode> records)
    {
        _schema = schema;
        _version = version;
        _flexible = schema.FlexibleVersions.Contains(version);
        _records = records;
        _bytes = bytes;
    }

    /// <summary>Decodes with records as base64, as the vectors have them.</summary>
    public static JsonObject Decode(MessageSchema schema, int version, byte[] bytes) =>
        Decode(schema, version, bytes, records => JsonValue.Create(Convert.ToBase64String(records)));

    public static JsonObject Decode(MessageSchema schema, int version, byte[] bytes, Func<byte[], JsonNode> records)
    {
        var reader = new WireToJson(schema, version, bytes, records);
        var message = reader.Fields(schema.Fields);
        if (reader._position != bytes.Length)
            throw new InvalidDataException($"{schema.Name} version {version}: {bytes.Length - reader._position} of {bytes.Length} bytes are left over.");
        return message;
    }

    private JsonObject Fields(IReadOnlyList<SchemaField> fields)
    {
        var values = new JsonObject();
        var here = fields.Where(field => field.Versions.Contains(_version)).ToLookup(field => field.TaggedVersions.Contains(_version));
        foreach (var field in here[false]) values[field.JsonName] = Value(field, field.Type);
        if (_flexible) Tagged(here[true].ToDictionary(field => field.Tag), values);
        return values;
    }

    private void Tagged(Dictionary<int, SchemaField> known, JsonObject values)
    {
        for (uint left = UnsignedVarint(); left > 0; left--)
        {
            int tag = (int)UnsignedVarint();
            int end = (int)UnsignedVarint() + _position;
            if (known.TryGetValue(tag, out var field))
            {
                var value = Value(field, field.Type);
                if (!JsonNode.DeepEquals(value, field.Default)) values[field.JsonName] = value;
                if (_position != end) throw new InvalidDataException($"{_schema.Name}: tagged field {field.Name} ends at byte {_position}, not {end}.");
            }
            _position = end;
        }
    }

    private JsonNode? Value(SchemaField field, string type)
    {
        bool compact = field.FlexibleVersions?.Contains(_version) ?? _flexible;
        if (type.StartsWith("[]", StringComparison.Ordinal)) return Array(field, type[2..], compact);
        if (type == "string") return Blob(compact, lengthBytes: 2) is { } text ? JsonValue.Create(Encoding.UTF8.GetString(text)) : null;
        if (type == "bytes") return Blob(compact, lengthBytes: 4) is { } bytes ? JsonValue.Create(Convert.ToBase64String(bytes)) : null;
        if (type == "records") return Blob(compact, lengthBytes: 4) is { } records ? _records(records) : null;
        if (_schema.Structs.TryGetValue(type, out var fields)) return IsPresent(field) ? Fields(fields) : null;
        return Primitive(type);
    }

    private JsonArray? Array(SchemaField field, string element, bool compact)
    {
        int length = Length(compact, lengthBytes: 4);
        if (length < 0) return null;
        var values = new JsonArray();
        for (int i = 0; i < length; i++)
            values.Add(_schema.Structs.TryGetValue(element, out var fields) ? Fields(fields) : Value(field, element));
        return values;
    }

    private bool IsPresent(SchemaField field)
    {
        if (!field.NullableVersions.Contains(_version)) return true;
        return field.TaggedVersions.Contains(_version) ? UnsignedVarint() != 0 : (sbyte)Take(1)[0] >= 0;
    }

    private byte[]? Blob(bool compact, int lengthBytes)
    {
        int length = Length(compact, lengthBytes);
        return length < 0 ? null : Take(length).ToArray();
    }

    private int Length(bool compact, int lengthBytes) => compact ? (int)UnsignedVarint() - 1 : (int)BigEndian(lengthBytes);

    private JsonValue Primitive(string type) => type switch
    {
        "bool" => JsonValue.Create(Take(1)[0] != 0),
        "int8" => JsonValue.Create(BigEndian(1)),
        "int16" => JsonValue.Create(BigEndian(2)),
        "uint16" => JsonValue.Create(BigEndian(2) & 0xffff),
        "int32" => JsonValue.Create(BigEndian(4)),
        "uint32" => JsonValue.Create(BigEndian(4) & 0xffffffff),
        "int64" => JsonValue.Create(BigEndian(8)),
        "float64" => JsonValue.Create(BitConverter.Int64BitsToDouble(BigEndian(8))),
        "uuid" => JsonValue.Create(Base64Url.EncodeToString(Take(16))),
        _ => throw new NotSupportedException($"The table names the type '{type}', which is neither a primitive nor a declared struct."),
    };

    private uint UnsignedVarint()
    {
        uint value = 0;
        for (int shift = 0; shift < 35; shift += 7)
        {
            byte next = Take(1)[0];
            value |= (uint)(next & 0x7f) << shift;
            if (next < 0x80) return value;
        }
        throw new InvalidDataException($"{_schema.Name} version {_version}: the varint that ends at byte {_position} is longer than 5 bytes.");
    }

    private long BigEndian(int bytes)
    {
        long shifted = 0;
        foreach (byte next in Take(bytes)) shifted = (shifted << 8) | next;
        int unused = 64 - (8 * bytes);
        return shifted << unused >> unused;
    }

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count < 0 || count > _bytes.Length - _position)
            throw new InvalidDataException($"{_schema.Name} version {_version}: {count} bytes wanted at {_position} of {_bytes.Length}.");
        _position += count;
        return _bytes.AsSpan(_position - count, count);
    }
}
