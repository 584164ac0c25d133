using Moldau.Protocol;

namespace Moldau.Coordination.Groups.Share;

/// <summary>
/// Has the share coordinator begin the partitions of subscribed topics; only then members get them. What is asked is stored first, and asked
/// again until it is done.
/// </summary>
internal static class ShareInitialization
{
    private const long FirstOffset = 0, LeftToLeader = -1;

    public static void BeginWhatIsNew(ShareGroupDraft group)
    {
        if (!group.Partitions.Initializing.IsEmpty || !group.Partitions.Deleting.IsEmpty) AskAgainIfLate(group);
        var topics = group.SubscribedTopics().Where(group.Partitions.MayBegin);
        var wanted = group.AllPartitionsOf(topics).Where(partition => !group.Partitions.Has(partition)).ToList();
        if (wanted.Count == 0) return;
        group.PutPartitions(group.Partitions.Begin(wanted, group.Turn.Image.Topics));
        Ask(group, wanted);
    }

    /// <summary>
    /// After a restart nobody knows what came of what was asked. Partitions that had state before keep it: the offsets that they were to get
    /// are not stored, and whoever asked for that got no answer.
    /// </summary>
    public static void Resume(ShareGroupDraft group)
    {
        var begun = group.Partitions.Initializing.Partitions.Where(group.Partitions.Initialized.Contains).ToList();
        group.PutPartitions(begun.Aggregate(group.Partitions, (partitions, partition) => partitions.Initialize(partition)));
        AskAgain(group);
    }

    /// <summary>
    /// What was not begun is asked for again, a moment later. The first partitions of a topic are begun all or none: what is asked for
    /// after them begins elsewhere (<see cref="StartOf"/>), and the record does not say which of them were first.
    /// </summary>
    public static void Settle(ShareGroupDraft group, InitializeShareStates effect, ShareStatesSettled settled)
    {
        var failed = effect.Partitions.Where(partition => settled.ErrorOf(partition) != ErrorCode.None).ToHashSet();
        if (failed.Count > 0) group.Watch.StatesFailed(group.Settings, group.Turn);
        var incomplete = failed.Select(partition => partition.Topic).Where(topic => !group.Partitions.HasBegun(topic)).ToHashSet();
        var begun = effect.Partitions.Where(partition => !failed.Contains(partition) && !incomplete.Contains(partition.Topic));
        group.PutPartitions(begun.Aggregate(group.Partitions, (partitions, partition) => partitions.Initialize(partition)));
    }

    private static void AskAgainIfLate(ShareGroupDraft group)
    {
        if (group.Watch.MustAskAgain(group.Turn)) AskAgain(group);
    }

    private static void AskAgain(ShareGroupDraft group)
    {
        var initializing = group.Partitions.Initializing.Partitions.Where(partition => !group.Partitions.Initialized.Contains(partition)).ToList();
        if (initializing.Count > 0) Ask(group, initializing);
        ShareDeletion.AskAgain(group);
    }

    private static void Ask(ShareGroupDraft group, IReadOnlyCollection<TopicIdPartition> partitions)
    {
        group.Watch.StatesAsked(group.Settings, group.Turn);
        var starts = partitions.ToDictionary(partition => partition, partition => StartOf(group, partition));
        group.Turn.Decision.Cause(new InitializeShareStates(group.Id, group.Epoch, starts) { KeepsFormer = true });
    }

    /// <summary>
    /// A partition that was added to a topic is read from its first record on: none may be missed because the group did not have it yet. Where
    /// the topic is new to the group, its leader begins by the group's <c>share.auto.offset.reset</c>.
    /// </summary>
    private static long StartOf(ShareGroupDraft group, TopicIdPartition partition) =>
        group.Partitions.HasBegun(partition.Topic) ? FirstOffset : LeftToLeader;
}
