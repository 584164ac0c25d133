namespace Moldau.Coordination.Groups.Streams;

/// <summary>
/// The tasks that a member has, or is to have, by what it does with them: active ones it processes, the state of standby ones it keeps
/// ready, and that of warm-up ones it builds up in order to take them over.
/// </summary>
internal sealed record MemberTasks(IReadOnlySet<TaskId> Active, IReadOnlySet<TaskId> Standby, IReadOnlySet<TaskId> Warmup)
{
    private static readonly IReadOnlySet<TaskId> NoTasks = new HashSet<TaskId>();

    public static readonly MemberTasks None = new(NoTasks, NoTasks, NoTasks);

    public bool IsEmpty => Active.Count == 0 && Standby.Count == 0 && Warmup.Count == 0;

    public IEnumerable<TaskId> All => Active.Concat(Standby).Concat(Warmup);

    /// <summary>Whether any task stands in both under the same role.</summary>
    public bool Overlaps(MemberTasks other) =>
        Active.Overlaps(other.Active) || Standby.Overlaps(other.Standby) || Warmup.Overlaps(other.Warmup);

    public bool IsWithin(MemberTasks other) =>
        Active.IsSubsetOf(other.Active) && Standby.IsSubsetOf(other.Standby) && Warmup.IsSubsetOf(other.Warmup);

    public bool IsSameAs(MemberTasks other) =>
        ReferenceEquals(this, other)
        || (Active.SetEquals(other.Active) && Standby.SetEquals(other.Standby) && Warmup.SetEquals(other.Warmup));
}
