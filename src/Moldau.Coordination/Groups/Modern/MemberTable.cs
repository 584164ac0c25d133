namespace Moldau.Coordination.Groups.Modern;

/// <summary>The members of a group as their records have them, in the order in which they came.</summary>
internal sealed class MemberTable<TMember> where TMember : class, IModernMember
{
    private readonly OrderedDictionary<string, TMember> _byId = [];
    private readonly Dictionary<string, string> _idsByInstance = [];

    public IReadOnlyCollection<TMember> All => _byId.Values;

    public TMember? Find(string memberId) => _byId.GetValueOrDefault(memberId);

    public string? IdOfInstance(string instanceId) => _idsByInstance.GetValueOrDefault(instanceId);

    /// <summary>Returns the member as it was before; null for a new one.</summary>
    public TMember? Put(TMember member)
    {
        var former = Find(member.Id);
        if (former is not null) ForgetInstance(former);
        _byId[member.Id] = member;
        if (member.InstanceId is { } instance) _idsByInstance[instance] = member.Id;
        return former;
    }

    /// <summary>Returns the member that was there; null if there was none.</summary>
    public TMember? Remove(string memberId)
    {
        if (!_byId.Remove(memberId, out var member)) return null;
        ForgetInstance(member);
        return member;
    }

    private void ForgetInstance(TMember member)
    {
        if (member.InstanceId is { } instance && IdOfInstance(instance) == member.Id) _idsByInstance.Remove(instance);
    }
}
