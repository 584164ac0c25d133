using System.Collections;
using System.Globalization;

namespace Moldau.Coordination.Tests.Replicas;

/// <summary>Makes messages in which every field has a value, each list one element; one field may have another value than it has else.</summary>
internal sealed class MessageFiller(int? changed = null)
{
    private readonly List<string> _fields = [];

    /// <summary>The fields that were filled, in their order.</summary>
    public IReadOnlyList<string> Fields => _fields;

    public T Fill<T>() where T : notnull => (T)Fill(typeof(T), "");

    private object Fill(Type type, string path)
    {
        if (type == typeof(byte[])) return new[] { (byte)Next(path) };
        if (type == typeof(string)) return $"s{Next(path)}";
        if (type == typeof(Guid)) return new Guid(Next(path), 0, 0, new byte[8]);
        if (type.IsPrimitive) return Convert.ChangeType(Next(path), type, CultureInfo.InvariantCulture);
        object filled = Activator.CreateInstance(type)!;
        if (filled is IList list)
        {
            list.Add(Fill(type.GetGenericArguments()[0], path));
            return list;
        }
        foreach (var property in type.GetProperties().Where(property => property.CanWrite && property.Name != "UnknownTaggedFields"))
            property.SetValue(filled, Fill(property.PropertyType, path.Length == 0 ? property.Name : $"{path}.{property.Name}"));
        return filled;
    }

    /// <summary>They rise from field to field, so that the ends of a range are in order.</summary>
    private int Next(string path)
    {
        _fields.Add(path);
        return changed == _fields.Count - 1 ? _fields.Count - 1 : _fields.Count;
    }
}
