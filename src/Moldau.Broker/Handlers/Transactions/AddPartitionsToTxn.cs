using Moldau.Broker.Hosting;
using Moldau.Coordination;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using PartitionResult = Moldau.Protocol.Messages.AddPartitionsToTxnResponse.AddPartitionsToTxnPartitionResult;
using Topic = Moldau.Protocol.Messages.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;
using TopicResult = Moldau.Protocol.Messages.AddPartitionsToTxnResponse.AddPartitionsToTxnTopicResult;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>
/// AddPartitionsToTxn (key 24), v0-v5. One transaction up to v3, as clients ask; many from v4 on, as brokers do, who may also ask only
/// whether partitions are in it. v2 brings the error that says that the producer is fenced. Internal topics are no client's to write to; what
/// a broker adds for one are offsets.
/// </summary>
internal sealed class AddPartitionsToTxn(TransactionHost transactions, Func<TopicsImage> topics)
    : IHandler<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>
{
    private const short KnowsFencedSince = 2;
    private const short ManySince = 4;

    public async ValueTask<AddPartitionsToTxnResponse?> HandleAsync(RequestContext context, AddPartitionsToTxnRequest request)
    {
        if (context.Version < ManySince) return OfOne(await AddOneAsync(context, request).ConfigureAwait(false));
        var response = new AddPartitionsToTxnResponse();
        // One after the other: the request may name one transaction twice.
        foreach (var transaction in request.Transactions)
        {
            var asked = new AddPartitions(
                transaction.TransactionalId,
                new TransactionalProducer(transaction.ProducerId, transaction.ProducerEpoch),
                PartitionsOf(transaction.Topics))
            {
                OnlyVerifies = transaction.VerifyOnly,
                ClientVersion = TransactionVersions.EpochBump,
            };
            response.ResultsByTransaction.Add(new AddPartitionsToTxnResponse.AddPartitionsToTxnResult
            {
                TransactionalId = transaction.TransactionalId,
                TopicResults = await AddAsync(asked, transaction.Topics, isClient: false, error => error).ConfigureAwait(false),
            });
        }
        return response;
    }

    public AddPartitionsToTxnResponse Refuse(RequestContext context, AddPartitionsToTxnRequest request, ErrorCode error) =>
        context.Version < ManySince
            ? OfOne(Results(request.V3AndBelowTopics, _ => error))
            : new AddPartitionsToTxnResponse { ErrorCode = error };

    private static AddPartitionsToTxnResponse OfOne(List<TopicResult> results) => new() { ResultsByTopicV3AndBelow = results };

    private static HashSet<TopicPartition> PartitionsOf(List<Topic> named) =>
        [.. from topic in named from partition in topic.Partitions select new TopicPartition(topic.Name, partition)];

    private static List<TopicResult> Results(List<Topic> named, Func<TopicPartition, ErrorCode> errorOf) => named.ConvertAll(topic => new TopicResult
    {
        Name = topic.Name,
        ResultsByPartition = topic.Partitions.ConvertAll(partition => new PartitionResult
        {
            PartitionIndex = partition,
            PartitionErrorCode = errorOf(new TopicPartition(topic.Name, partition)),
        }),
    });

    private Task<List<TopicResult>> AddOneAsync(RequestContext context, AddPartitionsToTxnRequest request)
    {
        var producer = new TransactionalProducer(request.V3AndBelowProducerId, request.V3AndBelowProducerEpoch);
        var asked = new AddPartitions(request.V3AndBelowTransactionalId, producer, PartitionsOf(request.V3AndBelowTopics))
        {
            ClientVersion = TransactionVersions.Original,
        };
        return AddAsync(asked, request.V3AndBelowTopics, isClient: true, error => TransactionErrors.OfProducer(error, context.Version, KnowsFencedSince));
    }

    /// <summary>All are added or none: beside a partition that cannot be added, or verified, the others are not attempted.</summary>
    private async Task<List<TopicResult>> AddAsync(
        AddPartitions asked, List<Topic> named, bool isClient, Func<ErrorCode, ErrorCode> shown)
    {
        if (asked.Partitions.Any(partition => Check(partition, isClient) != ErrorCode.None))
        {
            return Results(named, partition => Check(partition, isClient) is var error && error != ErrorCode.None
                ? error
                : ErrorCode.OperationNotAttempted);
        }
        if (asked.TransactionalId.Length == 0) return Results(named, _ => ErrorCode.InvalidRequest);
        var added = await transactions
            .AskAsync(asked.TransactionalId, asked, error => new PartitionsInTransaction(error))
            .ConfigureAwait(false);
        return Results(named, partition => shown(added.ErrorOf(partition)));
    }

    private ErrorCode Check(TopicPartition partition, bool isClient)
    {
        bool isForbidden = TopicNames.IsInternal(partition.Topic) && (isClient || partition.Topic != TopicNames.ConsumerOffsets);
        if (isForbidden) return ErrorCode.TopicAuthorizationFailed;
        return IsAbsent(partition) ? ErrorCode.UnknownTopicOrPartition : ErrorCode.None;
    }

    private bool IsAbsent(TopicPartition partition) =>
        !topics().ByName.TryGetValue(partition.Topic, out var topic) || (uint)partition.Partition >= (uint)topic.Partitions.Length;
}
