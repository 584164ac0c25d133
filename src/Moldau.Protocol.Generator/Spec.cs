namespace Moldau.Protocol.Generator;

/// <summary>One schema of a spec file: a request, a response, a header, a record's key or value, or plain data.</summary>
public sealed class MessageSpec(string kind, string name, string versions)
{
    public string Kind { get; } = kind;

    public string Name { get; } = name;

    /// <summary>The API key of a request or response, the record type of a record, otherwise null.</summary>
    public int? Key { get; set; }

    public string ValidVersions { get; } = versions;

    public string? FlexibleVersions { get; set; }

    public List<string> Listeners { get; } = [];

    /// <summary>Whether the newest version is marked stable or unstable; null where the schema does not say.</summary>
    public bool? LatestVersionUnstable { get; set; }

    /// <summary>Structs that several fields of the message share.</summary>
    public List<FieldSpec> CommonStructs { get; } = [];

    public List<FieldSpec> Fields { get; } = [];

    public List<string> Comments { get; } = [];
}

/// <summary>One line of a message: a field and, where its type is a struct that is defined here, the fields of that.</summary>
public sealed class FieldSpec(string name, string type, string versions)
{
    public string Name { get; } = name;

    /// <summary>The type as written, without its nullability: <c>int32</c>, <c>string</c>, <c>[]Topic</c>.</summary>
    public string Type { get; } = type;

    public string Versions { get; set; } = versions;

    public string? NullableVersions { get; set; }

    public int? Tag { get; set; }

    public string? TaggedVersions { get; set; }

    public string? FlexibleVersions { get; set; }

    /// <summary>The default as a JSON literal, or null where it is the default of the type.</summary>
    public string? Default { get; set; }

    public bool Ignorable { get; set; }

    public bool MapKey { get; set; }

    public bool ZeroCopy { get; set; }

    public string? EntityType { get; set; }

    public List<FieldSpec> Fields { get; } = [];

    public bool IsArray => Type.StartsWith("[]", StringComparison.Ordinal);

    public string ElementType => IsArray ? Type.Substring(2) : Type;
}
