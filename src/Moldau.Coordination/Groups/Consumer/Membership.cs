namespace Moldau.Coordination.Groups.Consumer;

/// <summary>What follows when a member of a consumer group comes or says something new, whichever protocol it speaks.</summary>
internal static class Membership
{
    /// <summary>
    /// Takes in what the member says, formerly another (null for a new one) and now this, and owning that (null where it does not say);
    /// gives it back after its step towards the target.
    /// </summary>
    public static ConsumerMember Update(
        ConsumerGroupDraft group, ConsumerMember? former, ConsumerMember member, IReadOnlySet<TopicIdPartition>? owned)
    {
        string formerPattern = former?.Pattern ?? "";
        bool topicsChanged = former is null ? member.Topics.Count > 0 : !member.HasSubscriptionOf(former);
        bool patternChanged = member.Pattern != formerPattern;
        if (former is null || !member.SaysTheSameAs(former)) group.PutSubscription(member);
        if (patternChanged) group.DropUnusedPattern(formerPattern);
        if (member.Pattern.Length > 0) PatternResolution.ScheduleIfNeeded(group, member.Pattern);

        // A pattern that nobody has looked up yet changes nothing so far; when it is, there is an epoch for it.
        bool patternCounts = patternChanged && (member.Pattern.Length == 0 || group.Pattern(member.Pattern) is not null);
        group.Refresh(topicsChanged || patternCounts || ChangesAssignor(group, former, member));
        TargetAssignment.UpdateIfDue(group);
        var reconciled = Reconcile(group, member, owned, isNew: former is null, topicsChanged || patternChanged);
        // What is waited for is the protocol's: a member that speaks another now would be taken for late.
        if (former is not null && former.SpeaksClassic != member.SpeaksClassic) group.Watch.BeginAnew(reconciled, group.Turn);
        return reconciled;
    }

    /// <summary>Whether the group chooses another assignor by the member's vote. Most members never change theirs, and cost nothing.</summary>
    private static bool ChangesAssignor(ConsumerGroupDraft group, ConsumerMember? former, ConsumerMember member)
    {
        if (member.Assignor == former?.Assignor) return false;
        var others = group.Members.Where(other => other.Id != member.Id).ToList();
        string before = TargetAssignment.ChosenAssignor(former is null ? others : others.Append(former), group.Settings);
        return TargetAssignment.ChosenAssignor(others.Append(member), group.Settings) != before;
    }

    private static ConsumerMember Reconcile(
        ConsumerGroupDraft group, ConsumerMember member, IReadOnlySet<TopicIdPartition>? owned, bool isNew, bool subscriptionChanged)
    {
        if (!isNew && !subscriptionChanged && member.IsReconciledTo(group.TargetEpoch)) return member;
        var reconciled = Reconciliation.Step(member, new ReconciliationGoal
        {
            TargetEpoch = group.TargetEpoch,
            Target = group.Target(member.Id) ?? new HashSet<TopicIdPartition>(),
            SubscribedTopics = TargetAssignment.TopicIdsOf(group, member),
            IsTaken = group.IsTaken,
            Owned = owned,
            SubscriptionChanged = subscriptionChanged,
        });
        if (ReferenceEquals(reconciled, member) && !isNew) return member;
        group.PutAssignment(reconciled);
        group.Watch.WatchRevocation(reconciled, group.Turn);
        return reconciled;
    }
}
