using System.Buffers.Text;
using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;
using Moldau.Protocol.Wire;
using Moldau.TestKit.Schemas;

namespace Moldau.Protocol.Messages;

/// <summary>Turns a generated message into the vectors' JSON and back, by a walk over the schema and the properties of the same names.</summary>
internal sealed class MessageMirror(MessageSchema schema, short version)
{
    public JsonObject ToJson(IMessage message) => ToJson(message, schema.Fields);

    public IMessage FromJson(JsonObject json, IReadOnlyList<(int Tag, byte[] Data)> unknownTags)
    {
        object message = FromJson(GeneratedMessages.ByName[schema.Name], schema.Fields, json);
        if (unknownTags.Count > 0)
        {
            var kept = unknownTags.Select(field => new UnknownTaggedField(field.Tag, field.Data)).ToList();
            message.GetType().GetProperty("UnknownTaggedFields")!.SetValue(message, kept);
        }
        return (IMessage)message;
    }

    private JsonObject ToJson(object holder, IReadOnlyList<SchemaField> fields)
    {
        var json = new JsonObject();
        foreach (var field in fields.Where(field => field.Versions.Contains(version)))
        {
            var value = ToJson(Property(holder.GetType(), field).GetValue(holder), field.Type);
            if (!field.TaggedVersions.Contains(version) || !IsDefault(field, value)) json[field.JsonName] = value;
        }
        return json;
    }

    private JsonNode? ToJson(object? value, string type) => value switch
    {
        null => null,
        string text => JsonValue.Create(text),
        byte[] bytes => JsonValue.Create(Convert.ToBase64String(bytes)),
        ReadOnlyMemory<byte> records => JsonValue.Create(Convert.ToBase64String(records.Span)),
        Guid uuid => JsonValue.Create(Base64Url.EncodeToString(uuid.ToByteArray(bigEndian: true))),
        bool flag => JsonValue.Create(flag),
        double number => JsonValue.Create(number),
        IList list => new JsonArray([.. list.Cast<object>().Select(element => ToJson(element, type[2..]))]),
        IMessage inner => ToJson(inner, schema.Structs[type]),
        _ => JsonValue.Create(Convert.ToInt64(value, CultureInfo.InvariantCulture)),
    };

    private object FromJson(Type type, IReadOnlyList<SchemaField> fields, JsonObject json)
    {
        object holder = Activator.CreateInstance(type)!;
        foreach (var field in fields.Where(field => json.ContainsKey(field.JsonName)))
        {
            var property = Property(type, field);
            property.SetValue(holder, FromJson(property.PropertyType, field.Type, json[field.JsonName]));
        }
        return holder;
    }

    private object? FromJson(Type target, string type, JsonNode? value)
    {
        target = Nullable.GetUnderlyingType(target) ?? target;
        if (value is null) return null;
        if (type.StartsWith("[]", StringComparison.Ordinal)) return ListFromJson(target, type[2..], value.AsArray());
        return type switch
        {
            "string" => value.GetValue<string>(),
            "bytes" => Convert.FromBase64String(value.GetValue<string>()),
            "records" => new ReadOnlyMemory<byte>(Convert.FromBase64String(value.GetValue<string>())),
            "uuid" => new Guid(Base64Url.DecodeFromChars(value.GetValue<string>()), bigEndian: true),
            "bool" => value.GetValue<bool>(),
            "float64" => value.GetValue<double>(),
            _ when schema.Structs.TryGetValue(type, out var fields) => FromJson(target, fields, value.AsObject()),
            _ when target.IsEnum => Enum.ToObject(target, value.GetValue<long>()),
            _ => Convert.ChangeType(value.GetValue<long>(), target, CultureInfo.InvariantCulture),
        };
    }

    private IList ListFromJson(Type target, string element, JsonArray values)
    {
        var list = (IList)Activator.CreateInstance(target)!;
        foreach (var value in values) list.Add(FromJson(target.GenericTypeArguments[0], element, value));
        return list;
    }

    /// <summary>A struct of defaults counts as the default of its field.</summary>
    private bool IsDefault(SchemaField field, JsonNode? value) =>
        field.Default is JsonObject { Count: 0 } && value is JsonObject shown
            ? schema.Structs[field.Type].All(inner => !shown.TryGetPropertyValue(inner.JsonName, out var held) || JsonNode.DeepEquals(held, inner.Default))
            : JsonNode.DeepEquals(field.Default, value);

    private static PropertyInfo Property(Type type, SchemaField field)
    {
        string name = char.ToUpperInvariant(field.Name[0]) + field.Name[1..];
        return type.GetProperty(name == type.Name ? name + "Value" : name) ?? throw new MissingMemberException(type.FullName, name);
    }
}
