namespace Moldau.Protocol.Generator;

/// <summary>How a spec type looks in C#, and how one value of it is read and written.</summary>
internal static class FieldType
{
    private static readonly Dictionary<string, (string Type, string Wire)> Primitives = new()
    {
        ["bool"] = ("bool", "Bool"),
        ["int8"] = ("sbyte", "Int8"),
        ["int16"] = ("short", "Int16"),
        ["uint16"] = ("ushort", "UInt16"),
        ["int32"] = ("int", "Int32"),
        ["uint32"] = ("uint", "UInt32"),
        ["int64"] = ("long", "Int64"),
        ["float64"] = ("double", "Float64"),
        ["uuid"] = ("Guid", "Uuid"),
    };

    private static readonly Dictionary<string, (string Type, string Wire)> Blobs = new()
    {
        ["string"] = ("string", "String"),
        ["bytes"] = ("byte[]", "Bytes"),
        ["records"] = ("ReadOnlyMemory<byte>?", "Records"),
    };

    public static bool IsPrimitive(string type) => Primitives.ContainsKey(type);

    public static bool IsErrorCode(FieldSpec field) =>
        field.Type == "int16" && field.Name.EndsWith("ErrorCode", StringComparison.Ordinal);

    /// <summary>The C# type without its nullability.</summary>
    public static string Of(MessageModel model, FieldSpec field)
    {
        if (IsErrorCode(field)) return "ErrorCode";
        string element = Element(model, field.ElementType);
        return field.IsArray ? $"List<{element}>" : element;
    }

    public static bool IsNullable(FieldSpec field) => field.NullableVersions is not null && field.Type != "records";

    /// <summary>What a fresh message holds in the field, as an expression; null for the default of the C# type.</summary>
    public static string? Initial(MessageModel model, FieldSpec field)
    {
        if (field.Default == "null" || field.Type == "records") return null;
        if (field.IsArray) return "[]";
        if (model.IsStruct(field.Type)) return "new()";
        if (field.Type == "bytes") return "[]";
        if (field.Type == "string") return field.Default ?? "\"\"";
        if (field.Default is null or "0" or "false") return null;
        return IsErrorCode(field) ? $"(ErrorCode)({field.Default})" : field.Default;
    }

    /// <summary>An expression that reads one value; null in it means null on the wire.</summary>
    public static string Read(MessageModel model, string type, string compact)
    {
        if (Primitives.TryGetValue(type, out var primitive)) return $"reader.Read{primitive.Wire}()";
        if (Blobs.TryGetValue(type, out var blob)) return $"reader.Read{blob.Wire}({compact})";
        return $"{model.ClassName(type)}.Read(ref reader, version)";
    }

    /// <summary>A statement that writes one value.</summary>
    public static string Write(MessageModel model, string type, string value, string compact)
    {
        if (Primitives.TryGetValue(type, out var primitive)) return $"writer.Write{primitive.Wire}({value});";
        if (Blobs.TryGetValue(type, out var blob)) return $"writer.Write{blob.Wire}({value}, {compact});";
        return model.IsStruct(type) ? $"{value}.Write(writer, version);" : throw new FormatException($"'{type}' is no type");
    }

    private static string Element(MessageModel model, string type)
    {
        if (Primitives.TryGetValue(type, out var primitive)) return primitive.Type;
        if (Blobs.TryGetValue(type, out var blob)) return blob.Type;
        return model.IsStruct(type) ? model.ClassName(type) : throw new FormatException($"'{type}' is no type");
    }
}
