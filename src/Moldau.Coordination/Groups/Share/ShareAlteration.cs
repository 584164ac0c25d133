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
    public static void Alter(ShareGroupDraft group, AlterShareGroupOffsetsRequest request, ReplyToken token)
    {
        var starts = new Dictionary<TopicIdPartition, long>();
        foreach (var topic in request.Topics)
        {
            foreach (var partition in topic.Partitions)
            {
                if (Find(group, topic.TopicName, partition.PartitionIndex) is { } known) starts[known] = partition.StartOffset;
            }
        }
        if (starts.Count == 0)
        {
            group.Turn.Decision.Reply(token, AnswerTo(request, group, _ => ErrorCode.None));
            return;
        }
        group.PutPartitions(group.Partitions.Begin(starts.Keys, group.Turn.Image.Topics));
        group.Turn.Decision.Cause(new InitializeShareStates(group.Id, group.Epoch, starts) { Waiting = new WaitingRequest(token, request) });
    }

    public static AlterShareGroupOffsetsResponse AnswerTo(
        AlterShareGroupOffsetsRequest request, ShareGroupDraft group, Func<TopicIdPartition, ErrorCode> errorOf) => new()
        {
            Responses = request.Topics.ConvertAll(topic => new AlterShareGroupOffsetsResponse.AlterShareGroupOffsetsResponseTopic
            {
                TopicName = topic.TopicName,
                TopicId = group.Turn.Image.Topics.ByName.GetValueOrDefault(topic.TopicName)?.Id ?? Guid.Empty,
                Partitions = topic.Partitions.ConvertAll(partition => Answer(group, topic.TopicName, partition.PartitionIndex, errorOf)),
            }),
        };

    private static PartitionAnswer Answer(ShareGroupDraft group, string topic, int index, Func<TopicIdPartition, ErrorCode> errorOf)
    {
        var error = Find(group, topic, index) is { } partition ? errorOf(partition) : ErrorCode.UnknownTopicOrPartition;
        return new PartitionAnswer
        {
            PartitionIndex = index,
            ErrorCode = error,
            ErrorMessage = error switch
            {
                ErrorCode.None => null,
                ErrorCode.UnknownTopicOrPartition => $"There is no partition {index} of a topic '{topic}'.",
                _ => $"The share coordinator could not begin partition {index} of '{topic}' anew: {error}.",
            },
        };
    }

    private static TopicIdPartition? Find(ShareGroupDraft group, string name, int index) =>
        group.Turn.Image.Topics.ByName.TryGetValue(name, out var topic) && (uint)index < (uint)topic.Partitions.Length
            ? new TopicIdPartition(topic.Id, index)
            : null;
}
