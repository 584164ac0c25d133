namespace Moldau.Coordination.Groups.Consumer;

/// <summary>What a member is to have, and what stands in its way.</summary>
internal sealed record ReconciliationGoal
{
    public required int TargetEpoch { get; init; }

    public required IReadOnlySet<TopicIdPartition> Target { get; init; }

    public required IReadOnlySet<Guid> SubscribedTopics { get; init; }

    /// <summary>Whether another member has the partition, or has yet to give it up.</summary>
    public required Predicate<TopicIdPartition> IsTaken { get; init; }

    /// <summary>The partitions that the member says it owns; null where it does not say.</summary>
    public required IReadOnlySet<TopicIdPartition>? Owned { get; init; }

    public required bool SubscriptionChanged { get; init; }
}

/// <summary>
/// Takes a member one step towards its target: it gives up first, then goes on to the target's epoch, and gets what others have given up.
/// So no partition ever has two owners, and no member waits for those whose partitions it does not get.
/// </summary>
internal static class Reconciliation
{
    /// <summary>The member after the step; the same one if there was nothing to do.</summary>
    public static ConsumerMember Step(ConsumerMember member, ReconciliationGoal goal) => member.State switch
    {
        MemberState.Stable when member.Epoch == goal.TargetEpoch => WithoutUnsubscribed(member, goal),
        MemberState.UnrevokedPartitions when StillOwns(goal, member.PendingRevocation) => WithoutUnsubscribed(member, goal),
        _ => Advance(member, goal),
    };

    /// <summary>A member that says nothing has given nothing up.</summary>
    private static bool StillOwns(ReconciliationGoal goal, IReadOnlyDictionary<TopicIdPartition, int> revoked) =>
        goal.Owned is not { } owned || owned.Any(revoked.ContainsKey);

    /// <summary>What it is no longer subscribed to goes at once, without waiting for a new target.</summary>
    private static ConsumerMember WithoutUnsubscribed(ConsumerMember member, ReconciliationGoal goal)
    {
        if (!goal.SubscriptionChanged) return member;
        var (kept, revoked) = Divide(member.Assigned, partition => goal.SubscribedTopics.Contains(partition.Topic));
        if (revoked.Count == 0) return member;
        foreach (var (partition, epoch) in member.PendingRevocation) revoked[partition] = epoch;
        bool mustWait = StillOwns(goal, revoked);
        return member with
        {
            State = mustWait ? MemberState.UnrevokedPartitions : member.State,
            PreviousEpoch = member.Epoch,
            Assigned = kept,
            PendingRevocation = mustWait ? revoked : member.PendingRevocation,
        };
    }

    private static ConsumerMember Advance(ConsumerMember member, ReconciliationGoal goal)
    {
        bool IsTarget(TopicIdPartition partition) => goal.Target.Contains(partition) && goal.SubscribedTopics.Contains(partition.Topic);
        var (kept, revoked) = Divide(member.Assigned, IsTarget);
        if (revoked.Count > 0 && StillOwns(goal, revoked))
        {
            return member with
            {
                State = MemberState.UnrevokedPartitions,
                PreviousEpoch = member.Epoch,
                Assigned = kept,
                PendingRevocation = revoked,
            };
        }
        bool waits = false;
        foreach (var wanted in goal.Target.Where(partition => !kept.ContainsKey(partition) && IsTarget(partition)))
        {
            // What it has just given up itself is not in its way.
            if (!member.PendingRevocation.ContainsKey(wanted) && goal.IsTaken(wanted)) waits = true;
            else kept.Add(wanted, goal.TargetEpoch);
        }
        var state = waits ? MemberState.UnreleasedPartitions : MemberState.Stable;
        // While it waits, the epoch before this one is good up to its next heartbeat.
        bool isSettled = state == member.State && member.Epoch == goal.TargetEpoch && member.PreviousEpoch == goal.TargetEpoch;
        bool changesNothing = isSettled && kept.Count == member.Assigned.Count && revoked.Count == 0;
        return changesNothing ? member : member with
        {
            State = state,
            Epoch = goal.TargetEpoch,
            PreviousEpoch = member.Epoch,
            Assigned = kept,
            PendingRevocation = ConsumerMember.NoPartitions,
        };
    }

    private static (Dictionary<TopicIdPartition, int> Kept, Dictionary<TopicIdPartition, int> Revoked) Divide(
        IReadOnlyDictionary<TopicIdPartition, int> partitions, Predicate<TopicIdPartition> isKept)
    {
        var kept = new Dictionary<TopicIdPartition, int>();
        var revoked = new Dictionary<TopicIdPartition, int>();
        foreach (var (partition, epoch) in partitions) (isKept(partition) ? kept : revoked).Add(partition, epoch);
        return (kept, revoked);
    }
}
