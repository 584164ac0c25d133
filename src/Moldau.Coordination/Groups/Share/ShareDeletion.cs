using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Share;

/// <summary>
/// DeleteShareGroupOffsets and DeleteGroups, of groups without members: the share coordinator forgets the partitions, and then the group
/// does, or goes itself.
/// </summary>
internal static class ShareDeletion
{
    /// <summary>Of topics that the group has begun with, or is forgetting; those that it waits for have no offsets yet.</summary>
    public static void DeleteOffsets(ShareGroupDraft group, DeleteShareGroupOffsetsRequest request, ReplyToken token)
    {
        var topics = request.Topics.Select(topic => TopicOf(group, topic.TopicName)).OfType<Guid>().ToHashSet();
        if (topics.Count == 0)
        {
            group.Turn.Decision.Reply(token, AnswerTo(request, group, _ => ErrorCode.None));
            return;
        }
        Delete(group, topics, new WaitingRequest(token, request));
    }

    /// <summary>False where there is nothing to forget, so that the group can go at once.</summary>
    public static bool DeletesStates(ShareGroupDraft group, DeleteGroup request, ReplyToken token)
    {
        if (group.Partitions.IsEmpty) return false;
        Delete(group, group.Partitions.Topics.ToHashSet(), new WaitingRequest(token, request));
        return true;
    }

    public static void AskAgain(ShareGroupDraft group)
    {
        if (group.Partitions.Deleting.IsEmpty) return;
        Ask(group, new DeleteShareStates(group.Id, [.. group.AllPartitionsOf(group.Partitions.Deleting.Keys)]));
    }

    /// <summary>Whatever could not be forgotten is asked for again a moment later, when a member is heard of, or after a restart. Partitions of a topic that is gone have no state any more.</summary>
    public static void Settle(ShareGroupDraft group, DeleteShareStates effect, ShareStatesSettled settled)
    {
        var failed = effect.Partitions.Where(partition => IsFailure(settled.ErrorOf(partition))).Select(partition => partition.Topic).ToHashSet();
        if (failed.Count > 0) group.Watch.StatesFailed(group.Settings, group.Turn);
        var forgotten = effect.Partitions.Select(partition => partition.Topic).Where(topic => !failed.Contains(topic)).ToHashSet();
        if (effect.Waiting is { Request: DeleteShareGroupOffsetsRequest request, Token: var token })
        {
            var error = settled.Errors.Values.FirstOrDefault(IsFailure);
            group.Turn.Decision.Reply(token, AnswerTo(request, group, topic => failed.Contains(topic) ? error : ErrorCode.None));
        }
        group.PutPartitions(group.Partitions.Forget(forgotten));
    }

    public static bool IsFailure(ErrorCode error) => error is not (ErrorCode.None or ErrorCode.UnknownTopicOrPartition);

    private static void Delete(ShareGroupDraft group, HashSet<Guid> topics, WaitingRequest waiting)
    {
        group.PutPartitions(group.Partitions.Delete(topics));
        Ask(group, new DeleteShareStates(group.Id, [.. group.AllPartitionsOf(topics)]) { Waiting = waiting });
    }

    private static void Ask(ShareGroupDraft group, DeleteShareStates effect)
    {
        group.Watch.StatesAsked(group.Settings, group.Turn);
        group.Turn.Decision.Cause(effect);
    }

    private static Guid? TopicOf(ShareGroupDraft group, string name) =>
        group.Turn.Image.Topics.ByName.TryGetValue(name, out var topic)
        && (group.Partitions.HasBegun(topic.Id) || group.Partitions.Deleting.ContainsKey(topic.Id)) ? topic.Id : null;

    private static DeleteShareGroupOffsetsResponse AnswerTo(
        DeleteShareGroupOffsetsRequest request, ShareGroupDraft group, Func<Guid, ErrorCode> errorOf) => new()
        {
            Responses = request.Topics.DistinctBy(topic => topic.TopicName).Select(topic => TopicOf(group, topic.TopicName) is { } id
                ? new DeleteShareGroupOffsetsResponse.DeleteShareGroupOffsetsResponseTopic
                {
                    TopicName = topic.TopicName,
                    TopicId = id,
                    ErrorCode = errorOf(id),
                    ErrorMessage = errorOf(id) == ErrorCode.None ? null : $"The share coordinator could not forget '{topic.TopicName}': {errorOf(id)}.",
                }
                : new DeleteShareGroupOffsetsResponse.DeleteShareGroupOffsetsResponseTopic
                {
                    TopicName = topic.TopicName,
                    ErrorCode = ErrorCode.UnknownTopicOrPartition,
                    ErrorMessage = $"The group has no offsets of a topic '{topic.TopicName}'.",
                }).ToList(),
        };
}
