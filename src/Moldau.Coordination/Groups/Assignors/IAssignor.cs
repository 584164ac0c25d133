namespace Moldau.Coordination.Groups.Assignors;

/// <summary>A member as assignors see it: the topics that it may get, and the partitions that it was to have so far.</summary>
internal sealed record AssignorMember(string Id, IReadOnlySet<Guid> Topics, IReadOnlySet<TopicIdPartition> Target)
{
    /// <summary>Null for a dynamic member.</summary>
    public string? InstanceId { get; init; }
}

/// <summary>Divides partitions among members: each partition of a topic that anybody may get goes to one of those.</summary>
internal interface IAssignor
{
    string Name { get; }

    /// <summary>The partitions of each member, in the order of the members.</summary>
    IReadOnlyList<HashSet<TopicIdPartition>> Assign(IReadOnlyList<AssignorMember> members, Func<Guid, int> partitionsOf);
}
