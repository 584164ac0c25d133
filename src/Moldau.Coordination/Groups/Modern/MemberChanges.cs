using System.Collections;

namespace Moldau.Coordination.Groups.Modern;

/// <summary>The members of a group as they will be: those that are stored, and what a decision changes of them so far.</summary>
internal sealed class MemberChanges<TMember>(MemberTable<TMember> stored) : IEnumerable<TMember> where TMember : class, IModernMember
{
    private readonly Dictionary<string, TMember?> _changed = [];

    /// <summary>By id; null for members that go.</summary>
    public IReadOnlyDictionary<string, TMember?> Changed => _changed;

    public int Count => stored.All.Count + _changed.Sum(change => Weight(change.Value) - Weight(stored.Find(change.Key)));

    public TMember? Find(string memberId) => _changed.TryGetValue(memberId, out var changed) ? changed : stored.Find(memberId);

    /// <summary>The static member of that instance.</summary>
    public TMember? OfInstance(string instanceId)
    {
        foreach (var changed in _changed.Values)
        {
            if (changed?.InstanceId == instanceId) return changed;
        }
        return stored.IdOfInstance(instanceId) is { } memberId && Find(memberId) is { } member && member.InstanceId == instanceId ? member : null;
    }

    public void Put(TMember member) => _changed[member.Id] = member;

    public void Remove(string memberId) => _changed[memberId] = null;

    public IEnumerator<TMember> GetEnumerator() => stored.All
        .Select(member => _changed.GetValueOrDefault(member.Id, member))
        .Concat(_changed.Where(change => stored.Find(change.Key) is null).Select(change => change.Value))
        .OfType<TMember>()
        .GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static int Weight(TMember? member) => member is null ? 0 : 1;
}
