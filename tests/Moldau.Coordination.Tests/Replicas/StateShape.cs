using System.Collections;
using System.Collections.Concurrent;
using System.Reflection;

namespace Moldau.Coordination.Tests.Replicas;

/// <summary>What about an object counts.</summary>
internal enum ShapeKind
{
    /// <summary>Itself.</summary>
    Value,

    Bytes,

    /// <summary>Its fields, each by itself.</summary>
    Fields,

    /// <summary>Its elements, and their order.</summary>
    List,

    /// <summary>Its elements, which are values.</summary>
    Set,

    /// <summary>What stands under each key. Keys are values.</summary>
    Map,

    /// <summary>The same, and the order of the keys.</summary>
    OrderedMap,
}

/// <summary>How objects of a type are compared.</summary>
internal sealed class StateShape
{
    private static readonly ConcurrentDictionary<Type, StateShape> Known = new();

    private StateShape(Type type)
    {
        Name = type.Name;
        Kind = KindOf(type);
        if (Kind == ShapeKind.Fields) Fields = [.. FieldsOf(type).Select(field => (NameOf(field), field))];
    }

    public string Name { get; }

    public ShapeKind Kind { get; }

    public IReadOnlyList<(string Name, FieldInfo Field)> Fields { get; } = [];

    public static StateShape Of(Type type) => Known.GetOrAdd(type, static type => new StateShape(type));

    private static ShapeKind KindOf(Type type)
    {
        if (type.IsPrimitive || type.IsEnum || type == typeof(string) || type == typeof(Guid)) return ShapeKind.Value;
        if (type == typeof(byte[])) return ShapeKind.Bytes;
        if (type.IsAssignableTo(typeof(IDictionary))) return type.IsAssignableTo(typeof(IList)) ? ShapeKind.OrderedMap : OfValues(type, ShapeKind.Map);
        if (type.GetInterfaces().Any(IsSet)) return OfValues(type, ShapeKind.Set);
        if (type.IsAssignableTo(typeof(IList))) return ShapeKind.List;
        if (type.FullName!.StartsWith("Moldau.", StringComparison.Ordinal) && !type.IsAssignableTo(typeof(Delegate))) return ShapeKind.Fields;
        throw new NotSupportedException($"A state has a {type}, and nothing says how those are compared.");
    }

    private static bool IsSet(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlySet<>);

    /// <summary>Objects would be the same only if they were one.</summary>
    private static ShapeKind OfValues(Type type, ShapeKind kind)
    {
        var element = type.GetGenericArguments()[0];
        return element.IsValueType || element == typeof(string) ? kind
            : throw new NotSupportedException($"A state has a {type}, and its elements are not found again by what they say.");
    }

    private static IEnumerable<FieldInfo> FieldsOf(Type type)
    {
        const BindingFlags Own = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;
        var inherited = type.BaseType is { } parent && parent != typeof(object) ? FieldsOf(parent) : [];
        return inherited.Concat(type.GetFields(Own));
    }

    /// <summary>As the source has it: the compiler puts the names of properties and of constructors' parameters in brackets.</summary>
    private static string NameOf(FieldInfo field) => field.Name.StartsWith('<') ? field.Name[1..field.Name.IndexOf('>')] : field.Name;
}
