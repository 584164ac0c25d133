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
        if ((uint)index >= (uint)topic.Partitions.Length) return WithoutStart(index);
        var answer = await broker.ShareState.ReadSummaryAsync(new SharePartitionKey(groupId, topic.Id, index)).ConfigureAwait(false);
        if (answer.Error != ErrorCode.None) return Failed(index, answer.Error, answer.Message);
        if (answer.State is not { } state) return WithoutStart(index);
        var result = new PartitionResult { PartitionIndex = index, StartOffset = state.StartOffset, LeaderEpoch = state.LeaderEpoch, Lag = Unknown };
        if (state.StartOffset == Unknown || state.DeliveryCompleteCount == Unknown) return result;
        var error = broker.Partitions.Find(topic.Id, index, out var partition);
        if (error != ErrorCode.None) return Failed(index, error, $"The end of partition {index} of '{topic.Name}' is not known, and so is what the group has still to do.");
        // The start may have been put anywhere, also beyond the end.
        result.Lag = partition.Log.HighWatermark - state.StartOffset - state.DeliveryCompleteCount;
        return result;
    }

    private static PartitionResult Failed(int index, ErrorCode error, string? message)
    {
        var failed = WithoutStart(index);
        (failed.ErrorCode, failed.ErrorMessage) = (error, message);
        return failed;
    }
}
