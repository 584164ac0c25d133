namespace Moldau.Coordination.Groups.Share;

/// <summary>
/// Has the share coordinator begin the partitions of subscribed topics; only then members get them. What is asked is stored first, and asked
/// again when no answer came.
/// </summary>
internal static class ShareInitialization
{
    public static void BeginWhatIsNew(ShareGroupDraft group)
    {
        if (!group.Partitions.Initializing.IsEmpty || !group.Partitions.Deleting.IsEmpty) AskAgainIfLate(group);
        var topics = group.SubscribedTopics().Where(topic => !group.Partitions.Deleting.ContainsKey(topic));
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
        group.PutPartitions(begun.Aggregate(group.Partitions, (partitions, partition) => partitions.Settle(partition, isInitialized: true)));
        AskAgain(group);
    }

    /// <summary>What was not begun is begun by the next heartbeat.</summary>
    public static void Settle(ShareGroupDraft group, InitializeShareStates effect, ShareStatesSettled settled)
    {
        var partitions = group.Partitions;
        foreach (var partition in effect.Partitions)
            partitions = partitions.Settle(partition, settled.ErrorOf(partition) == Protocol.ErrorCode.None);
        group.PutPartitions(partitions);
    }

    private static void AskAgainIfLate(ShareGroupDraft group)
    {
        bool isLate = group.Watch.InitializeAskedMs is not { } askedMs || group.Turn.NowMs - askedMs >= group.Settings.InitializeRetryMs;
        if (isLate) AskAgain(group);
    }

    private static void AskAgain(ShareGroupDraft group)
    {
        var initializing = group.Partitions.Initializing.Partitions.Where(partition => !group.Partitions.Initialized.Contains(partition)).ToList();
        if (initializing.Count > 0) Ask(group, initializing);
        ShareDeletion.AskAgain(group);
    }

    private static void Ask(ShareGroupDraft group, IReadOnlyCollection<TopicIdPartition> partitions)
    {
        group.Watch.InitializeAskedMs = group.Turn.NowMs;
        group.Turn.Decision.Cause(new InitializeShareStates(group.Id, group.Epoch, partitions.ToDictionary(partition => partition, _ => -1L)));
    }
}
