using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Consumer;

/// <summary>
/// A group as it will be when the records that a decision has so far are applied. What is changed here goes into the decision as a record;
/// the group itself stays as it is stored.
/// </summary>
internal sealed class ConsumerGroupDraft(ConsumerGroup stored, ConsumerGroupWatch watch, Turn turn)
{
    private readonly Dictionary<string, IReadOnlySet<TopicIdPartition>?> _targets = [];
    private readonly Dictionary<string, ResolvedPattern?> _patterns = [];

    public string Id => stored.Id;

    public Turn Turn => turn;

    /// <summary>The soft half of the group.</summary>
    public ConsumerGroupWatch Watch => watch;

    public ConsumerGroupSettings Settings { get; } = turn.ConsumerSettings(stored.Id);

    public int Epoch { get; private set; } = stored.Epoch;

    public int TargetEpoch { get; private set; } = stored.TargetEpoch;

    /// <summary>A target for nobody need not stand.</summary>
    public long TargetTimestampMs => stored.IdsWithTarget.Any() ? stored.TargetTimestampMs : 0;

    public MemberChanges<ConsumerMember> Members { get; } = new(stored.MemberTable);

    public IReadOnlySet<TopicIdPartition>? Target(string memberId) =>
        _targets.TryGetValue(memberId, out var changed) ? changed : stored.Target(memberId);

    public ResolvedPattern? Pattern(string pattern) =>
        _patterns.TryGetValue(pattern, out var changed) ? changed : stored.Patterns.GetValueOrDefault(pattern);

    /// <summary>Whether another member has the partition. One that is replaced or gone has nothing any more.</summary>
    public bool IsTaken(TopicIdPartition partition) => stored.HolderOf(partition) is { } holder && Members.Find(holder) is not null;

    public IEnumerable<string> TopicsOf(ConsumerMember member) =>
        member.Pattern.Length > 0 && Pattern(member.Pattern) is { } resolved ? member.Topics.Union(resolved.Topics) : member.Topics;

    public bool IsSubscribedTo(string pattern) => SubscribedPatterns.Contains(pattern);

    public IReadOnlySet<string> SubscribedPatterns => Named(stored.MembersByPattern, static member => member.Patterns);

    public void PutSubscription(ConsumerMember member)
    {
        Members.Put(member);
        turn.Decision.Append(ConsumerGroupRecords.Subscription(Id, member));
    }

    public void PutAssignment(ConsumerMember member)
    {
        Members.Put(member);
        turn.Decision.Append(ConsumerGroupRecords.Assignment(Id, member));
    }

    public void Remove(ConsumerMember member)
    {
        Members.Remove(member.Id);
        _targets[member.Id] = null;
        turn.Decision.Append(ConsumerGroupRecords.AssignmentGone(Id, member.Id));
        turn.Decision.Append(ConsumerGroupRecords.TargetGone(Id, member.Id));
        turn.Decision.Append(ConsumerGroupRecords.SubscriptionGone(Id, member.Id));
    }

    /// <summary>A static member comes back under another id, with what it had and was to have.</summary>
    public void Replace(ConsumerMember former, ConsumerMember successor)
    {
        var target = Target(former.Id);
        Remove(former);
        PutSubscription(successor);
        if (target is not null) PutTarget(successor.Id, target);
        PutAssignment(successor);
    }

    public void PutPattern(string pattern, ResolvedPattern resolved)
    {
        _patterns[pattern] = resolved;
        turn.Decision.Append(ConsumerGroupRecords.Pattern(Id, pattern, resolved));
    }

    /// <summary>Drops what was found for a pattern, if nobody has it any more.</summary>
    public void DropUnusedPattern(string pattern)
    {
        if (pattern.Length == 0 || Pattern(pattern) is null || IsSubscribedTo(pattern)) return;
        _patterns[pattern] = null;
        turn.Decision.Append(ConsumerGroupRecords.PatternGone(Id, pattern));
    }

    /// <summary>Goes to the next epoch if the members have changed, or if the topics that they are subscribed to have.</summary>
    public void Refresh(bool membersChanged)
    {
        if (!membersChanged && watch.CheckedTopics == turn.Image.Topics) return;
        watch.CheckedTopics = turn.Image.Topics;
        long hash = turn.Hash.Of(SubscribedTopics());
        if (!membersChanged && hash == stored.MetadataHash) return;
        Epoch++;
        turn.Decision.Append(ConsumerGroupRecords.Epoch(Id, Epoch, hash));
        if (stored.HasLegacyMetadata) turn.Decision.Append(ConsumerGroupRecords.LegacyMetadataGone(Id));
    }

    public void PutTarget(string memberId, IReadOnlySet<TopicIdPartition> target)
    {
        _targets[memberId] = target;
        turn.Decision.Append(ConsumerGroupRecords.TargetOf(Id, memberId, target));
    }

    /// <summary>The targets are complete for the present epoch.</summary>
    public void FinishTarget(long timestampMs)
    {
        TargetEpoch = Epoch;
        turn.Decision.Append(ConsumerGroupRecords.TargetEpoch(Id, Epoch, timestampMs));
    }

    private HashSet<string> SubscribedTopics()
    {
        var topics = Named(stored.MembersByTopic, static member => member.Topics);
        foreach (string pattern in SubscribedPatterns) topics.UnionWith(Pattern(pattern)?.Topics ?? new HashSet<string>());
        return topics;
    }

    /// <summary>What any member names, out of how many name it as stored, and the members that have changed.</summary>
    private HashSet<string> Named(IReadOnlyDictionary<string, int> storedCounts, Func<ConsumerMember, IReadOnlyList<string>> namesOf)
    {
        var counts = new Dictionary<string, int>(storedCounts, StringComparer.Ordinal);
        foreach (var (memberId, changed) in Members.Changed)
        {
            foreach (string name in stored.Member(memberId) is { } former ? namesOf(former) : []) counts[name]--;
            foreach (string name in changed is null ? [] : namesOf(changed)) counts[name] = counts.GetValueOrDefault(name) + 1;
        }
        return counts.Where(named => named.Value > 0).Select(named => named.Key).ToHashSet(StringComparer.Ordinal);
    }
}
