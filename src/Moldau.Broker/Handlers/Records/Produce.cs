using System.Runtime.CompilerServices;
using Moldau.Broker.Net;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using PartitionProduceData = Moldau.Protocol.Messages.ProduceRequest.PartitionProduceData;
using PartitionProduceResponse = Moldau.Protocol.Messages.ProduceResponse.PartitionProduceResponse;
using TopicProduceData = Moldau.Protocol.Messages.ProduceRequest.TopicProduceData;

namespace Moldau.Broker.Handlers.Records;

/// <summary>
/// Produce (key 0), v3-v13; v0-v2 are announced, since older clients give up compression otherwise. All appends are done in the ordered
/// stage, while the frame is there; with acks=all the answer then waits until they are durable. With acks=0 there is no answer: an error
/// closes the connection.
/// </summary>
internal sealed class Produce(BrokerServices services) : IHandler<ProduceRequest, ProduceResponse>
{
    private const short AcksNone = 0, AcksLeader = 1, AcksAll = -1;
    private const short FirstVersionWithTopicIds = 13;

    private readonly ProduceAppend _append = new(services);

    /// <summary>An append whose answer waits until it is committed.</summary>
    private readonly record struct Pending(PartitionLog Log, long EndOffset, PartitionProduceResponse Answer);

    public ValueTask<ProduceResponse?> HandleAsync(RequestContext context, ProduceRequest request)
    {
        if (IsTransactionalWithoutId(request))
        {
            return new(Finish(context, request, Refuse(context, request, ErrorCode.TransactionalIdAuthorizationFailed)));
        }
        var entries = new ProduceEntries(request);
        List<Pending>? pending = null;
        foreach (var topic in request.TopicData)
        {
            var answers = entries.AnswersOf(topic);
            foreach (var partition in topic.PartitionData)
            {
                if (entries.IsNamedAgain(topic, partition)) continue;
                var answer = Append(context, request, topic, partition, ref pending);
                answers.PartitionResponses.Add(answer);
            }
        }
        var response = entries.Response;
        response.Responses.RemoveAll(topic => topic.PartitionResponses.Count == 0);
        return pending is null ? new(Finish(context, request, response)) : CommitAsync(response, pending);
    }

    public ProduceResponse Refuse(RequestContext context, ProduceRequest request, ErrorCode error)
    {
        var entries = new ProduceEntries(request);
        foreach (var topic in request.TopicData)
        {
            var answers = entries.AnswersOf(topic);
            foreach (var partition in topic.PartitionData) answers.PartitionResponses.Add(ProduceAppend.Failed(partition.Index, error));
        }
        return entries.Response;
    }

    private PartitionProduceResponse Append(
        RequestContext context, ProduceRequest request, TopicProduceData topic, PartitionProduceData data, ref List<Pending>? pending)
    {
        var error = context.Version >= FirstVersionWithTopicIds
            ? services.Partitions.Find(topic.TopicId, data.Index, out var partition)
            : services.Partitions.Find(topic.Name, data.Index, out partition);
        if (error != ErrorCode.None) return ProduceAppend.Failed(data.Index, error);
        var fault = BatchValidator.CheckRequest(data.Records, context.Version, out var batch);
        if (fault != BatchFault.None) return ProduceAppend.Failed(data.Index, BatchVerdict.Of(fault), logStartOffset: -1);
        if (request.Acks is not (AcksNone or AcksLeader or AcksAll)) return ProduceAppend.Failed(data.Index, ErrorCode.InvalidRequiredAcks);
        error = ProduceAppend.RefusalOf(context, partition, batch);
        if (error != ErrorCode.None) return ProduceAppend.Failed(data.Index, error);
        var answer = _append.Append(partition, data.Index, batch, out long endOffset);
        context.BeforeNextFrame = partition.Log.RoomAsync();
        if (request.Acks == AcksAll && answer.ErrorCode == ErrorCode.None && partition.Log.HighWatermark < endOffset)
            (pending ??= []).Add(new Pending(partition.Log, endOffset, answer));
        return answer;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private static async ValueTask<ProduceResponse?> CommitAsync(ProduceResponse response, List<Pending> pending)
    {
        foreach (var (log, endOffset, answer) in pending)
        {
            try
            {
                await log.CommittedAsync(endOffset).ConfigureAwait(false);
            }
            catch (LogOfflineException)
            {
                answer.ErrorCode = ErrorCode.KafkaStorageError;
                answer.BaseOffset = answer.LogStartOffset = -1;
            }
        }
        return response;
    }

    private static ProduceResponse? Finish(RequestContext context, ProduceRequest request, ProduceResponse response)
    {
        if (request.Acks != AcksNone) return response;
        foreach (var topic in response.Responses)
        {
            foreach (var partition in topic.PartitionResponses)
            {
                if (partition.ErrorCode == ErrorCode.None) continue;
                context.EndAfterReply = new ConnectionEndException(ConnectionEnd.UnacknowledgedProduceFailed,
                    $"a produce without acknowledgement to {topic.Name}-{partition.Index} failed: {partition.ErrorCode}");
                return null;
            }
        }
        return null;
    }

    /// <summary>A transaction belongs to an id; a batch of one without it makes the whole request one that nobody may send.</summary>
    private static bool IsTransactionalWithoutId(ProduceRequest request)
    {
        if (request.TransactionalId is not null) return false;
        foreach (var topic in request.TopicData)
        {
            foreach (var partition in topic.PartitionData)
            {
                if (partition.Records is not { } records || !BatchHeader.TryRead(records.Span, out var header)) continue;
                if (header.IsTransactional) return true;
            }
        }
        return false;
    }
}
