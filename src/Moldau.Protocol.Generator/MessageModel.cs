namespace Moldau.Protocol.Generator;

/// <summary>A message with its structs resolved and its C# names chosen.</summary>
internal sealed class MessageModel
{
    private readonly Dictionary<string, string> _classNames = [];

    public MessageModel(MessageSpec spec)
    {
        Spec = spec;
        Valid = VersionRange.Parse(spec.ValidVersions);
        Flexible = VersionRange.Parse(spec.FlexibleVersions ?? "none");
        foreach (var common in spec.CommonStructs) AddStruct(common.Name, common.Fields);
        Collect(spec.Fields);
        var taken = new HashSet<string>(spec.Fields.Select(field => field.Name));
        // A class may not have a property and a nested class of one name.
        foreach (string name in Structs.Keys) _classNames[name] = taken.Contains(name) ? name + "Data" : name;
        TaggedStructs = FindTaggedStructs();
    }

    public MessageSpec Spec { get; }

    public VersionRange Valid { get; }

    public VersionRange Flexible { get; }

    public Dictionary<string, List<FieldSpec>> Structs { get; } = [];

    /// <summary>Structs that need to know whether they hold nothing but defaults, since a tagged field of them is left out then.</summary>
    public HashSet<string> TaggedStructs { get; }

    public bool IsStruct(string type) => Structs.ContainsKey(type);

    public string ClassName(string structName) => Spec.Name + "." + ShortClassName(structName);

    public string ShortClassName(string structName) => _classNames[structName];

    /// <summary>The field's name in C#, which wants a capital first and may not be that of the class.</summary>
    public static string PropertyName(FieldSpec field, string className)
    {
        string name = char.ToUpperInvariant(field.Name[0]) + field.Name.Substring(1);
        return name == className ? name + "Value" : name;
    }

    /// <summary>The condition on <c>version</c> under which <paramref name="range"/> holds; null where it always does.</summary>
    public string? Condition(VersionRange range)
    {
        if (range.Contains(Valid)) return null;
        range = range.Intersect(Valid);
        if (range.IsEmpty) return "false";
        bool fromStart = range.Low <= Valid.Low, toEnd = range.High >= Valid.High;
        if (range.Low == range.High) return $"version == {range.Low}";
        return fromStart ? $"version <= {range.High}" : toEnd ? $"version >= {range.Low}" : $"version is >= {range.Low} and <= {range.High}";
    }

    private void Collect(List<FieldSpec> fields)
    {
        foreach (var field in fields)
        {
            if (field.Fields.Count > 0) AddStruct(field.ElementType, field.Fields);
        }
    }

    private void AddStruct(string name, List<FieldSpec> fields)
    {
        Structs.Add(name, fields);
        Collect(fields);
    }

    private HashSet<string> FindTaggedStructs()
    {
        var found = new HashSet<string>();
        var open = new Stack<string>(Structs.Values.Append(Spec.Fields).SelectMany(fields => fields)
            .Where(field => field.TaggedVersions is not null && !field.IsArray && field.Default != "null").Select(field => field.Type));
        while (open.Count > 0)
        {
            string name = open.Pop();
            if (!IsStruct(name) || !found.Add(name)) continue;
            foreach (var field in Structs[name].Where(field => !field.IsArray)) open.Push(field.Type);
        }
        return found;
    }
}
