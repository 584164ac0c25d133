using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Log.Producers;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using PartitionResponse = Moldau.Protocol.Messages.DescribeProducersResponse.PartitionResponse;

namespace Moldau.Broker.Handlers.Records;

/// <summary>
/// DescribeProducers (key 61), v0. The producers that a partition remembers, with their sequences and open transactions. A partition that is
/// named again has nothing new to tell, and may remember thousands of producers: it is answered once.
/// </summary>
internal sealed class DescribeProducers(Partitions partitions) : IHandler<DescribeProducersRequest, DescribeProducersResponse>
{
    public ValueTask<DescribeProducersResponse?> HandleAsync(RequestContext context, DescribeProducersRequest request) =>
        new(Answer(request, Describe));

    public DescribeProducersResponse Refuse(RequestContext context, DescribeProducersRequest request, ErrorCode error) =>
        Answer(request, (_, index) => Failed(index, error));

    private static DescribeProducersResponse Answer(DescribeProducersRequest request, Func<string, int, PartitionResponse> answer) => new()
    {
        Topics =
        [
            .. request.Topics.GroupBy(topic => topic.Name, topic => topic.PartitionIndexes).Select(entries => new DescribeProducersResponse.TopicResponse
            {
                Name = entries.Key,
                Partitions = [.. entries.SelectMany(indexes => indexes).Distinct().Select(index => answer(entries.Key, index))],
            }),
        ],
    };

    private static PartitionResponse Failed(int index, ErrorCode error) => new() { PartitionIndex = index, ErrorCode = error };

    private PartitionResponse Describe(string topic, int index)
    {
        if (TopicNames.Problem(topic) is { } problem)
            return new() { PartitionIndex = index, ErrorCode = ErrorCode.InvalidTopicException, ErrorMessage = problem };
        var error = partitions.Find(topic, index, out var partition);
        if (error != ErrorCode.None) return Failed(index, error);
        return new() { PartitionIndex = index, ActiveProducers = [.. partition.Log.ActiveProducers().Select(Describe)] };
    }

    private static DescribeProducersResponse.ProducerState Describe(ActiveProducer producer) => new()
    {
        ProducerId = producer.ProducerId,
        ProducerEpoch = producer.Epoch,
        LastSequence = producer.LastSequence,
        LastTimestamp = producer.LastTimestampMs,
        CoordinatorEpoch = producer.CoordinatorEpoch,
        CurrentTxnStartOffset = producer.TransactionFirstOffset,
    };
}
