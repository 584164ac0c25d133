using System.Runtime.CompilerServices;
using Moldau.Broker.Handlers.Transactions;
using Moldau.Broker.Net;
using Moldau.Broker.Topics;
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
/// stage, while the frame is there; with acks=all the answer then waits until they are durable, or for as long as the client says. With
/// acks=0 there is no answer: an error closes the connection. A batch that begins a transaction in its partition waits for the coordinator,
/// and the next frame with it.
/// </summary>
internal sealed class Produce(BrokerServices services) : IHandler<ProduceRequest, ProduceResponse>
{
    private const short AcksNone = 0, AcksLeader = 1, AcksAll = -1;
    private const short FirstVersionWithTopicIds = 13;

    /// <summary>
    /// However short the client's own time is: where one replica is enough Kafka commits as it appends, and answers those too that give no
    /// time at all. Here a flush stands in between, and who is told that it timed out sends the records again.
    /// </summary>
    private const int CommitWaitMsMin = 1_000;

    private readonly ProduceAppend _append = new(services);
    private readonly TransactionVerifier _verifier = new(services);

    /// <summary>An append whose answer waits until it is committed.</summary>
    private readonly record struct Pending(PartitionLog Log, long EndOffset, PartitionProduceResponse Answer);

    /// <summary>What came of the appends of one request, and when there is room for those of the next.</summary>
    private record struct Outcome(ProduceResponse Response)
    {
        public List<Pending>? Pending { get; set; }

        public Task Room { get; set; } = Task.CompletedTask;
    }

    public ValueTask<ProduceResponse?> HandleAsync(RequestContext context, ProduceRequest request)
    {
        var error = CheckTransaction(request);
        if (error != ErrorCode.None) return new(Finish(context, request, Refusal(request, error)));
        if (ProduceTransactions.Begun(context, request, services) is { } begun) return BeginAsync(context, request, begun);
        var outcome = Append(context, request, begun: null);
        context.BeforeNextFrame = outcome.Room;
        return outcome.Pending is null ? new(Finish(context, request, outcome.Response)) : CommitAsync(context, request, outcome);
    }

    /// <summary>Who asked for no answer would take one for that of his next request.</summary>
    public ProduceResponse? Refuse(RequestContext context, ProduceRequest request, ErrorCode error) =>
        request.Acks == AcksNone ? null : Refusal(request, error);

    public static ErrorCode Find(RequestContext context, TopicProduceData topic, int index, Partitions partitions, out Partition partition) =>
        context.Version >= FirstVersionWithTopicIds
            ? partitions.Find(topic.TopicId, index, out partition)
            : partitions.Find(topic.Name, index, out partition);

    /// <summary>What follows in the connection's order waits until this request is appended.</summary>
    private ValueTask<ProduceResponse?> BeginAsync(RequestContext context, ProduceRequest request, ProduceTransactions begun)
    {
        int bytes = ProduceTransactions.CopyRecords(request);
        services.Memory.Take(bytes);
        var appended = AppendBegunAsync(context, request, begun, bytes);
        context.BeforeNextFrame = UntilRoomAsync(appended);
        return FinishAsync(context, request, appended);
    }

    private async Task<Outcome> AppendBegunAsync(RequestContext context, ProduceRequest request, ProduceTransactions begun, int bytes)
    {
        try
        {
            await begun.AskAsync(_verifier).ConfigureAwait(false);
            return Append(context, request, begun);
        }
        finally
        {
            services.Memory.Release(bytes);
        }
    }

    private static async Task UntilRoomAsync(Task<Outcome> appended)
    {
        await ((Task)appended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        // A fault is the request's own; its answer tells it.
        if (appended.IsCompletedSuccessfully) await appended.Result.Room.ConfigureAwait(false);
    }

    private async ValueTask<ProduceResponse?> FinishAsync(RequestContext context, ProduceRequest request, Task<Outcome> appended)
    {
        var outcome = await appended.ConfigureAwait(false);
        return outcome.Pending is null
            ? Finish(context, request, outcome.Response)
            : await CommitAsync(context, request, outcome).ConfigureAwait(false);
    }

    private Outcome Append(RequestContext context, ProduceRequest request, ProduceTransactions? begun)
    {
        var entries = new ProduceEntries(request);
        var outcome = new Outcome(entries.Response);
        foreach (var topic in request.TopicData)
        {
            var answers = entries.AnswersOf(topic);
            foreach (var partition in topic.PartitionData)
            {
                if (entries.IsNamedAgain(topic, partition)) continue;
                var answer = Append(context, request, topic, partition, begun, ref outcome);
                answers.PartitionResponses.Add(answer);
            }
        }
        outcome.Response.Responses.RemoveAll(topic => topic.PartitionResponses.Count == 0);
        return outcome;
    }

    private PartitionProduceResponse Append(
        RequestContext context, ProduceRequest request, TopicProduceData topic, PartitionProduceData data, ProduceTransactions? begun, ref Outcome outcome)
    {
        var error = Find(context, topic, data.Index, services.Partitions, out var partition);
        if (error != ErrorCode.None) return ProduceAppend.Failed(data.Index, error);
        var answer = Append(context, request, partition, data, begun, ref outcome);
        if (answer.ErrorCode != ErrorCode.None) RefusedBatch.Tell(partition.Log, data.Records, answer.ErrorCode);
        return answer;
    }

    private PartitionProduceResponse Append(
        RequestContext context, ProduceRequest request, Partition partition, PartitionProduceData data, ProduceTransactions? begun, ref Outcome outcome)
    {
        var fault = BatchValidator.CheckRequest(data.Records, context.Version, out var batch);
        if (fault != BatchFault.None) return ProduceAppend.Failed(data.Index, BatchVerdict.Of(fault), logStartOffset: -1);
        if (request.Acks is not (AcksNone or AcksLeader or AcksAll)) return ProduceAppend.Failed(data.Index, ErrorCode.InvalidRequiredAcks);
        var error = ProduceAppend.RefusalOf(context, partition);
        if (error != ErrorCode.None) return ProduceAppend.Failed(data.Index, error);
        var rules = default(AppendRules);
        if (request.TransactionalId is not null) error = ProduceTransactions.Check(begun, data, partition, out rules);
        if (error != ErrorCode.None) return ProduceTransactions.Failed(data.Index, error, partition);
        var answer = _append.Append(partition, data.Index, batch, rules, out long endOffset);
        outcome.Room = partition.Log.RoomAsync();
        if (request.Acks == AcksAll && answer.ErrorCode == ErrorCode.None && partition.Log.HighWatermark < endOffset)
            (outcome.Pending ??= []).Add(new Pending(partition.Log, endOffset, answer));
        return answer;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ProduceResponse?> CommitAsync(RequestContext context, ProduceRequest request, Outcome outcome)
    {
        long deadline = DeadlineOf(request);
        foreach (var (log, endOffset, answer) in outcome.Pending!)
        {
            try
            {
                await log.CommittedAsync(endOffset, deadline, context.ConnectionClosed).ConfigureAwait(false);
                if (log.HighWatermark >= endOffset) continue;
                // It may be committed yet, at this very place. In a time that is not over the connection has ended, and the journal has no
                // room: nobody is kept for an answer that nobody may wait for any more.
                if (services.Time.GetTimestamp() >= deadline) answer.ErrorCode = ErrorCode.RequestTimedOut;
                else FailCommit(answer);
            }
            catch (LogOfflineException)
            {
                FailCommit(answer);
            }
        }
        return outcome.Response;
    }

    private long DeadlineOf(ProduceRequest request)
    {
        var wait = TimeSpan.FromMilliseconds(Math.Max(request.TimeoutMs, CommitWaitMsMin));
        return services.Time.GetTimestamp() + (long)(wait.TotalSeconds * services.Time.TimestampFrequency);
    }

    private static void FailCommit(PartitionProduceResponse answer)
    {
        answer.ErrorCode = ErrorCode.KafkaStorageError;
        answer.BaseOffset = answer.LogStartOffset = -1;
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

    private static ProduceResponse Refusal(ProduceRequest request, ErrorCode error)
    {
        var entries = new ProduceEntries(request);
        foreach (var topic in request.TopicData)
        {
            var answers = entries.AnswersOf(topic);
            foreach (var partition in topic.PartitionData) answers.PartitionResponses.Add(ProduceAppend.Failed(partition.Index, error));
        }
        return entries.Response;
    }

    /// <summary>
    /// What makes the whole request one that nobody may send: a transaction belongs to an id, and is of one producer.
    /// </summary>
    private static ErrorCode CheckTransaction(ProduceRequest request)
    {
        if (request.TransactionalId is null) return IsTransactional(request) ? ErrorCode.TransactionalIdAuthorizationFailed : ErrorCode.None;
        return ProduceTransactions.HasSeveralProducers(request) ? ErrorCode.InvalidProducerIdMapping : ErrorCode.None;
    }

    private static bool IsTransactional(ProduceRequest request)
    {
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
