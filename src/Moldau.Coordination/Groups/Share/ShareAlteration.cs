using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using PartitionAnswer = Moldau.Protocol.Messages.AlterShareGroupOffsetsResponse.AlterShareGroupOffsetsResponsePartition;

namespace Moldau.Coordination.Groups.Share;

/// <summary>
/// AlterShareGroupOffsets, of groups without members: the share coordinator begins the partitions anew, from the given offsets, whatever they
/// are.
/// </summary>
internal static class ShareAlteration
{
    /// <summary>The partitions that exist. Of one that is named twice the last entry counts.</summary>
    public static IReadOnlyDictionary<TopicIdPartition, long> StartsOf(AlterShareGroupOffsetsRequest request, TopicsImage topics)
    {
        var starts = new Dictionary<TopicIdPartition, long>();
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                if (Find(topics, topic.TopicName, partition.PartitionIndex) is { } known) starts[known] = partition.StartOffset;
            }
        }
        return starts;
    }

    public static void Begin(ShareGroupDraft group, IReadOnlyDictionary<TopicIdPartition, long> starts, WaitingRequest waiting)
    {
        group.PutPartitions(group.Partitions.Begin([.. starts.Keys], group.Turn.Image.Topics));
        group.Watch.StatesAsked(group.Settings, group.Turn);
        group.Turn.Decision.Cause(new InitializeShareStates(group.Id, group.Epoch, starts) { Waiting = waiting });
    }

    /// <summary>Each partition by itself: whoever asked hears which of them are not altered, and those are as they were before.</summary>
    public static void Settle(ShareGroupDraft group, InitializeShareStates effect, ShareStatesSettled settled)
    {
        group.PutPartitions(effect.Partitions.Aggregate(group.Partitions, (partitions, partition) =>
            settled.ErrorOf(partition) == ErrorCode.None ? partitions.Initialize(partition) : partitions.GiveUp(partition)));
        if (effect.Waiting is { Request: AlterShareGroupOffsetsRequest request, Token: var token })
            group.Turn.Decision.Reply(token, AnswerTo(request, group.Turn.Image.Topics, settled.ErrorOf));
    }

    public static AlterShareGroupOffsetsResponse AnswerTo(
        AlterShareGroupOffsetsRequest request, TopicsImage topics, Func<TopicIdPartition, ErrorCode> errorOf) => new()
        {
            Responses = request.Topics.ConvertAll(topic => new AlterShareGroupOffsetsResponse.AlterShareGroupOffsetsResponseTopic
            {
                TopicName = topic.TopicName,
                TopicId = topics.ByName.GetValueOrDefault(topic.TopicName)?.Id ?? Guid.Empty,
                Partitions = topic.Partitions.ConvertAll(partition => Answer(topics, topic.TopicName, partition.PartitionIndex, errorOf)),
            }),
        };

    private static PartitionAnswer Answer(TopicsImage topics, string topic, int index, Func<TopicIdPartition, ErrorCode> errorOf)
    {
        var error = Find(topics, topic, index) is { } partition ? errorOf(partition) : ErrorCode.UnknownTopicOrPartition;
        return new PartitionAnswer
        {
            PartitionIndex = index,
            ErrorCode = error,
            ErrorMessage = error switch
            {
                ErrorCode.None => null,
                ErrorCode.UnknownTopicOrPartition => $"There is no partition {index} of a topic of this name.",
                _ => $"The share coordinator could not begin partition {index} of '{topic}' anew: {error}.",
            },
        };
    }

    private static TopicIdPartition? Find(TopicsImage topics, string name, int index) =>
        topics.ByName.TryGetValue(name, out var topic) && (uint)index < (uint)topic.Partitions.Length ? new TopicIdPartition(topic.Id, index) : null;
}
