using Moldau.Coordination.Groups.Share;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;
using PartitionResult = Moldau.Protocol.Messages.DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponsePartition;

namespace Moldau.Broker.Handlers.ShareGroups;

/// <summary>Where share groups begin in partitions, and how many records they have still to do.</summary>
internal sealed class ShareOffsets(BrokerServices broker)
{
    private const long Unknown = SharePartitionState.None;

    public TopicImage? Topic(string name) => broker.Metadata.Image.Topics.ByName.GetValueOrDefault(name);

    public TopicImage? Topic(Guid id) => broker.Metadata.Image.Topics.ById.GetValueOrDefault(id);

    /// <summary>The partitions of which the group has state; null where its coordinator cannot be asked.</summary>
    public ValueTask<SharedTopics?> PartitionsOfAsync(RequestContext context, string groupId, Action<ErrorCode> refused) =>
        broker.Groups.AskAsync(context, groupId, new ListSharePartitions(groupId), error =>
        {
            refused(error);
            return SharedTopics.None;
        });

    /// <summary>A partition that does not exist, or has no state, has no start offset, which is no error.</summary>
    public static PartitionResult WithoutStart(int index) => new() { PartitionIndex = index, StartOffset = Unknown, Lag = Unknown };

    public async Task<PartitionResult> OfAsync(string groupId, TopicImage topic, int index)
    {
        var answer = await broker.ShareState.ReadSummaryAsync(new SharePartitionKey(groupId, topic.Id, index)).ConfigureAwait(false);
        var result = WithoutStart(index);
        (result.ErrorCode, result.ErrorMessage) = (answer.Error, answer.Message);
        if (answer.State is not { } state) return result;
        (result.StartOffset, result.LeaderEpoch) = (state.StartOffset, state.LeaderEpoch);
        bool isKnown = state.StartOffset != Unknown && state.DeliveryCompleteCount != Unknown;
        // The start may have been put anywhere, also beyond the end.
        if (isKnown && broker.Partitions.Find(topic.Id, index, out var partition) == ErrorCode.None)
            result.Lag = partition.Log.HighWatermark - state.StartOffset - state.DeliveryCompleteCount;
        return result;
    }
}
