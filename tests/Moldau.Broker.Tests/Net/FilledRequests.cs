using System.Collections;
using System.Reflection;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Tests.Net;

/// <summary>Requests whose arrays are full: one of them for every array that the request has, at any depth.</summary>
internal static class FilledRequests
{
    /// <summary>What the array is called, the request, and how many elements all its arrays have.</summary>
    public static IEnumerable<(string Array, IMessage Request)> Of(Type request, int elements)
    {
        foreach (var path in ArraysIn(request))
        {
            string name = string.Join('.', path.Select(array => array.Name));
            int atTheEnd = elements - (path.Count - 1);
            yield return (name, Filled(request, path, outer: 1, atTheEnd, Naming.Distinct));
            yield return (name + " of equals", Filled(request, path, outer: 1, atTheEnd, Naming.Same));
            yield return (name + LongOwner, Filled(request, path, outer: 1, atTheEnd, Naming.LongOwner));
            if (path.Count < 2) continue;
            int side = (int)Math.Sqrt(elements) - 1;
            yield return (name + " of many", Filled(request, path, side, side, Naming.Distinct));
        }
    }

    /// <summary>What the array's owner has beside it then makes up much of the request.</summary>
    public const string LongOwner = " of a long name";

    private const int LongNameLength = 32_000;

    private static readonly Dictionary<Type, PropertyInfo[]> Named = [];

    private enum Naming
    {
        Distinct,
        Same,

        /// <summary>Distinct, and what contains them has the longest names that a request can hold.</summary>
        LongOwner,
    }

    private static IEnumerable<List<PropertyInfo>> ArraysIn(Type type)
    {
        foreach (var array in type.GetProperties().Where(IsArray))
        {
            yield return [array];
            foreach (var deeper in ArraysIn(ElementOf(array)).Where(_ => IsMessage(ElementOf(array)))) yield return [array, .. deeper];
        }
    }

    private static IMessage Filled(Type request, List<PropertyInfo> path, int outer, int last, Naming naming)
    {
        var message = (IMessage)Activator.CreateInstance(request)!;
        Name(message, 0);
        if (naming == Naming.LongOwner) Lengthen(message);
        Fill(message, path, depth: 0, outer, last, naming);
        return message;
    }

    private static void Fill(object owner, List<PropertyInfo> path, int depth, int outer, int last, Naming naming)
    {
        var array = path[depth];
        bool isLast = depth == path.Count - 1;
        var list = (IList)Activator.CreateInstance(array.PropertyType)!;
        // Only one level is wide beside the last one, or there would be too many.
        int count = isLast ? last : depth == path.Count - 2 ? outer : 1;
        for (int i = 0; i < count; i++)
        {
            object element = Element(ElementOf(array), naming == Naming.Same ? 0 : i);
            if (!isLast && naming == Naming.LongOwner) Lengthen(element);
            if (!isLast) Fill(element, path, depth + 1, outer, last, naming);
            list.Add(element);
        }
        array.SetValue(owner, list);
    }

    private static object Element(Type type, int number)
    {
        if (type == typeof(UnknownTaggedField)) return new UnknownTaggedField(1_000 + number, ReadOnlyMemory<byte>.Empty);
        if (!IsMessage(type)) return Value(type, "", number) ?? Activator.CreateInstance(type)!;
        object element = Activator.CreateInstance(type)!;
        Name(element, number);
        return element;
    }

    private static void Name(object message, int number)
    {
        var type = message.GetType();
        if (!Named.TryGetValue(type, out var properties)) Named[type] = properties = [.. type.GetProperties().Where(IsNamed)];
        foreach (var property in properties)
        {
            if (Value(property.PropertyType, property.Name, number) is { } value) property.SetValue(message, value);
        }
    }

    private static void Lengthen(object message)
    {
        foreach (var property in Named[message.GetType()])
        {
            if (property.PropertyType == typeof(string) && property.GetValue(message) is "n0") property.SetValue(message, new string('n', LongNameLength));
        }
    }

    private static object? Value(Type type, string name, int number) => (type, name) switch
    {
        _ when type == typeof(string) && name.EndsWith("MemberId", StringComparison.Ordinal) => "",
        _ when type == typeof(string) && name == "GroupInstanceId" => null,
        _ when type == typeof(string) => $"n{number}",
        // In version 10 a topic's id; with a name as well it would be refused at once.
        _ when type == typeof(Guid) && name != "" && name != "TopicId" => null,
        _ when type == typeof(Guid) => new Guid(number + 1, 0, 0, new byte[8]),
        _ when type == typeof(int) && name == "SessionTimeoutMs" => 10_000,
        _ when type == typeof(int) && name is "TimeoutMs" or "NumPartitions" or "MaxWaitMs" => 0,
        _ when type == typeof(int) && name.Contains("Index", StringComparison.Ordinal) => number,
        _ when type == typeof(int) && name == "" => number,
        _ => null,
    };

    private static bool IsNamed(PropertyInfo property) => property.CanWrite && Value(property.PropertyType, property.Name, 1) is not null;

    private static bool IsArray(PropertyInfo property) =>
        property.PropertyType.IsGenericType && property.PropertyType.GetGenericTypeDefinition() == typeof(List<>);

    private static Type ElementOf(PropertyInfo array) => array.PropertyType.GenericTypeArguments[0];

    private static bool IsMessage(Type type) => typeof(IMessage).IsAssignableFrom(type);
}
