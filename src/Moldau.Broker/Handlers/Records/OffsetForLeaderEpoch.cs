using Moldau.Broker.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using EpochEndOffset = Moldau.Protocol.Messages.OffsetForLeaderEpochResponse.EpochEndOffset;
using OffsetForLeaderPartition = Moldau.Protocol.Messages.OffsetForLeaderEpochRequest.OffsetForLeaderPartition;

namespace Moldau.Broker.Handlers.Records;

/// <summary>
/// OffsetForLeaderEpoch (key 23), v2-v4. Where a leader epoch ended, so that a client finds out whether what it has read was truncated.
/// </summary>
internal sealed class OffsetForLeaderEpoch(Partitions partitions) : IHandler<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>
{
    public ValueTask<OffsetForLeaderEpochResponse?> HandleAsync(RequestContext context, OffsetForLeaderEpochRequest request) =>
        new(Answer(request, Answer));

    public OffsetForLeaderEpochResponse Refuse(RequestContext context, OffsetForLeaderEpochRequest request, ErrorCode error) =>
        Answer(request, (_, wanted) => Failed(wanted, error));

    private static OffsetForLeaderEpochResponse Answer(
        OffsetForLeaderEpochRequest request, Func<string, OffsetForLeaderPartition, EpochEndOffset> answer) => new()
        {
            Topics = [.. request.Topics.Select(topic => new OffsetForLeaderEpochResponse.OffsetForLeaderTopicResult
        {
            Topic = topic.Topic,
            Partitions = [.. topic.Partitions.Select(wanted => answer(topic.Topic, wanted))],
        })],
        };

    private static EpochEndOffset Failed(OffsetForLeaderPartition wanted, ErrorCode error) =>
        new() { Partition = wanted.Partition, ErrorCode = error };

    private EpochEndOffset Answer(string topic, OffsetForLeaderPartition wanted)
    {
        var error = partitions.Find(topic, wanted.Partition, out var partition);
        if (error != ErrorCode.None) return Failed(wanted, error);
        int current = wanted.CurrentLeaderEpoch;
        if (current > partition.LeaderEpoch) return Failed(wanted, ErrorCode.UnknownLeaderEpoch);
        if (current != -1 && current < partition.LeaderEpoch) return Failed(wanted, ErrorCode.FencedLeaderEpoch);
        var (epoch, endOffset) = partition.Log.EndOffsetForLeaderEpoch(wanted.LeaderEpoch);
        return new() { Partition = wanted.Partition, LeaderEpoch = epoch, EndOffset = endOffset };
    }
}
