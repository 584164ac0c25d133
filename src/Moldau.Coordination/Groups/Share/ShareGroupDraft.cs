using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Share;

/// <summary>
/// A group as it will be when the records that a decision has so far are applied. What is changed here goes into the decision as a record;
/// the group itself stays as it is stored.
/// </summary>
internal sealed class ShareGroupDraft(ShareGroup stored, ShareGroupWatch watch, Turn turn)
{
    private readonly Dictionary<string, IReadOnlySet<TopicIdPartition>?> _targets = [];

    public string Id => stored.Id;

    public Turn Turn => turn;

    /// <summary>The soft half of the group.</summary>
    public ShareGroupWatch Watch => watch;

    public ShareGroupSettings Settings { get; } = turn.Settings.Share.Of(stored.Id, turn.Image);

    public MemberChanges<ShareMember> Members { get; } = new(stored.Members);

    public int Epoch { get; private set; } = stored.Epoch;

    public int TargetEpoch { get; private set; } = stored.TargetEpoch;

    public long TargetTimestampMs => stored.TargetTimestampMs;

    public SharePartitions Partitions { get; private set; } = stored.Partitions;

    public IReadOnlySet<TopicIdPartition>? Target(string memberId) =>
        _targets.TryGetValue(memberId, out var changed) ? changed : stored.Target(memberId);

    /// <summary>The topics that any member names, as far as they exist.</summary>
    public HashSet<Guid> SubscribedTopics() => TopicIdsOf(SubscribedNames());

    public HashSet<Guid> TopicIdsOf(IEnumerable<string> names)
    {
        var ids = new HashSet<Guid>();
        foreach (string name in names)
        {
            if (turn.Image.Topics.ByName.TryGetValue(name, out var topic)) ids.Add(topic.Id);
        }
        return ids;
    }

    /// <summary>Every partition of those of the topics that exist.</summary>
    public IEnumerable<TopicIdPartition> AllPartitionsOf(IEnumerable<Guid> topics) =>
        from id in topics.Order()
        let partitions = turn.Image.Topics.ById.GetValueOrDefault(id)?.Partitions.Length ?? 0
        from index in Enumerable.Range(0, partitions)
        select new TopicIdPartition(id, index);

    public void PutSubscription(ShareMember member)
    {
        Members.Put(member);
        turn.Decision.Append(ShareGroupRecords.Subscription(Id, member));
    }

    public void PutAssignment(ShareMember member)
    {
        Members.Put(member);
        turn.Decision.Append(ShareGroupRecords.Assignment(Id, member));
    }

    public void Remove(ShareMember member)
    {
        Members.Remove(member.Id);
        _targets[member.Id] = null;
        turn.Decision.Append(ShareGroupRecords.AssignmentGone(Id, member.Id));
        turn.Decision.Append(ShareGroupRecords.TargetGone(Id, member.Id));
        turn.Decision.Append(ShareGroupRecords.SubscriptionGone(Id, member.Id));
    }

    public void PutPartitions(SharePartitions partitions)
    {
        if (partitions == Partitions) return;
        Partitions = partitions;
        turn.Decision.Append(ShareGroupRecords.Partitions(Id, partitions));
    }

    /// <summary>
    /// Goes to the next epoch if the members have changed, or their topics have, or there are partitions that wait for an assignment.
    /// </summary>
    public void Refresh(bool membersChanged)
    {
        bool topicsChanged = watch.CheckedTopics != turn.Image.Topics;
        watch.CheckedTopics = turn.Image.Topics;
        bool mustCompare = membersChanged || topicsChanged;
        long hash = mustCompare ? turn.Hash.Of(SubscribedNames()) : stored.MetadataHash;
        if (membersChanged || hash != stored.MetadataHash || (MayHaveUnassigned && HasUnassigned())) PutEpoch(Epoch + 1, hash);
        else if (MayHaveUnassigned) watch.Assigned = Partitions.Initialized;
    }

    /// <summary>The epoch of a group that was not there before.</summary>
    public void Begin() => PutEpoch(ShareGroup.FirstEpoch, metadataHash: 0);

    public void PutTarget(string memberId, IReadOnlySet<TopicIdPartition> target)
    {
        _targets[memberId] = target;
        turn.Decision.Append(ShareGroupRecords.TargetOf(Id, memberId, target));
    }

    /// <summary>The targets are complete for the present epoch.</summary>
    public void FinishTarget(long timestampMs)
    {
        TargetEpoch = Epoch;
        turn.Decision.Append(ShareGroupRecords.TargetEpoch(Id, Epoch, timestampMs));
    }

    private void PutEpoch(int epoch, long metadataHash)
    {
        Epoch = epoch;
        turn.Decision.Append(ShareGroupRecords.Epoch(Id, epoch, metadataHash));
    }

    private HashSet<string> SubscribedNames() => Members.SelectMany(member => member.Topics).ToHashSet(StringComparer.Ordinal);

    /// <summary>
    /// Whether partitions may have got their state since the target was made. While a target is due they wait for that. Once they are seen to be
    /// assigned they are not looked at again: whatever else leaves one to nobody makes an epoch by itself.
    /// </summary>
    private bool MayHaveUnassigned => Epoch <= TargetEpoch && Members.Count > 0
        && !Partitions.Initialized.IsEmpty && !ReferenceEquals(watch.Assigned, Partitions.Initialized);

    /// <summary>Whether there are partitions with state that a member wants and none has. It is a walk through all that members have.</summary>
    private bool HasUnassigned()
    {
        var assigned = Members.SelectMany(member => Target(member.Id) ?? ShareMember.NoPartitions).ToHashSet();
        var subscribed = SubscribedTopics();
        return Partitions.Initialized.Partitions.Any(partition => subscribed.Contains(partition.Topic) && !assigned.Contains(partition));
    }
}
