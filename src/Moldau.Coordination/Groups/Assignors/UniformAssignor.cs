namespace Moldau.Coordination.Groups.Assignors;

/// <summary>
/// Gives everybody about the same number of partitions, whatever their topics, and moves as few as it can: members keep what they had,
/// what is free goes to those with least, and then partitions go one by one from those with most to those with least.
/// </summary>
internal sealed class UniformAssignor : IAssignor
{
    public string Name => "uniform";

    public IReadOnlyList<HashSet<TopicIdPartition>> Assign(IReadOnlyList<AssignorMember> members, Func<Guid, int> partitionsOf)
    {
        var plan = new UniformPlan(members, partitionsOf);
        plan.KeepWhatFits();
        plan.HandOutTheRest();
        plan.Balance();
        return plan.Assigned();
    }
}
