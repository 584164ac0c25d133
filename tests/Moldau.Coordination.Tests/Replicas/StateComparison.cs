using System.Collections;
using System.Runtime.CompilerServices;

namespace Moldau.Coordination.Tests.Replicas;

/// <summary>
/// Compares two states with all that they are made of, private fields too, so that nothing that is added to one is left out. What it does not
/// know how to compare is a fault, not equal.
/// </summary>
/// <param name="notStored">What a replica cannot have, as <c>Type.field</c>; whoever names one says why.</param>
internal sealed class StateComparison(params string[] notStored)
{
    /// <summary>Leaves nothing out.</summary>
    public static readonly StateComparison OfAll = new();

    /// <summary>Whether the order in which members came does not count: it is that of their records, which compaction changes.</summary>
    public bool IgnoresOrder { get; init; }

    public void MustBeEqual(object live, object replica)
    {
        if (Difference(live, replica) is { } difference) Assert.Fail($"What was replayed is not what is there: {difference}");
    }

    /// <summary>Where the first difference is, and what stands there; null where there is none.</summary>
    public string? Difference(object? live, object? replica)
    {
        if (ReferenceEquals(live, replica)) return null;
        if (live is null || replica is null) return Told(live, replica);
        RuntimeHelpers.EnsureSufficientExecutionStack(); // A state has no loops; one that had would end here.
        var shape = StateShape.Of(live.GetType());
        if (shape.Kind != StateShape.Of(replica.GetType()).Kind) return Told(live.GetType(), replica.GetType());
        return shape.Kind switch
        {
            ShapeKind.Value => live.Equals(replica) ? null : Told(live, replica),
            ShapeKind.Bytes => ((byte[])live).AsSpan().SequenceEqual((byte[])replica) ? null : Told(live, replica),
            ShapeKind.OrderedMap when !IgnoresOrder => OfLists(((IDictionary)live).Keys, ((IDictionary)replica).Keys) ?? OfMaps((IDictionary)live, (IDictionary)replica),
            ShapeKind.Map or ShapeKind.OrderedMap => OfMaps((IDictionary)live, (IDictionary)replica),
            ShapeKind.Set => OfSets((IEnumerable)live, (IEnumerable)replica),
            ShapeKind.List => OfLists((ICollection)live, (ICollection)replica),
            _ => live.GetType() == replica.GetType() ? OfFields(shape, live, replica) : Told(live.GetType(), replica.GetType()),
        };
    }

    private string? OfFields(StateShape shape, object live, object replica)
    {
        foreach (var (name, field) in shape.Fields)
        {
            if (Difference(field.GetValue(live), field.GetValue(replica)) is not { } difference) continue;
            if (!notStored.Contains($"{shape.Name}.{name}")) return $".{name}{difference}";
        }
        return null;
    }

    private string? OfMaps(IDictionary live, IDictionary replica)
    {
        foreach (object key in live.Keys)
        {
            if (!replica.Contains(key)) return $"[{key}] is not in the replica";
            if (Difference(live[key], replica[key]) is { } difference) return $"[{key}]{difference}";
        }
        foreach (object key in replica.Keys)
        {
            if (!live.Contains(key)) return $"[{key}] is in the replica alone";
        }
        return null;
    }

    private static string? OfSets(IEnumerable live, IEnumerable replica)
    {
        var (mine, theirs) = (live.Cast<object>().ToHashSet(), replica.Cast<object>().ToHashSet());
        return mine.FirstOrDefault(item => !theirs.Contains(item)) is { } missing ? $"[{missing}] is not in the replica"
            : theirs.FirstOrDefault(item => !mine.Contains(item)) is { } added ? $"[{added}] is in the replica alone"
            : null;
    }

    private string? OfLists(ICollection live, ICollection replica)
    {
        int at = 0;
        foreach (var (mine, theirs) in live.Cast<object?>().Zip(replica.Cast<object?>()))
        {
            if (Difference(mine, theirs) is { } difference) return $"[{at}]{difference}";
            at++;
        }
        return live.Count == replica.Count ? null : $".Count{Told(live.Count, replica.Count)}";
    }

    private static string Told(object? live, object? replica) => $" is {Text(live)}, and {Text(replica)} in the replica";

    private static string Text(object? value) => value switch
    {
        null => "null",
        string text => $"'{text}'",
        byte[] bytes => $"[{Convert.ToHexString(bytes)}]",
        _ => $"{value}",
    };
}
