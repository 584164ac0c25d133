using Moldau.Broker.Sharing;
using Moldau.Broker.Waits;
using Moldau.Coordination.Groups;
using Moldau.Coordination.SharePartitions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>
/// ShareFetch (key 78), v1-2. Stores the acknowledgements that come with it, and then acquires records, waiting while there are fewer bytes
/// than wanted and time is left. Epoch 0 begins a session, -1 ends it. From v2 with an acquire mode, and with renewals, which fetch nothing.
/// </summary>
internal sealed class ShareFetch(BrokerServices services) : IHandler<ShareFetchRequest, ShareFetchResponse>
{
    private readonly ShareAcknowledgements _acknowledgements = new(services.Partitions, services.Sharing.Partitions);
    private readonly ShareFetchWaiting _waiting = new(services, new FetchWaits(services.Time));

    public ValueTask<ShareFetchResponse?> HandleAsync(RequestContext context, ShareFetchRequest request)
    {
        var error = Check(request);
        if (error != ErrorCode.None) return new(Refuse(context, request, error));
        var round = services.Sharing.Sessions.Begin(request, context.ConnectionClosed);
        return round.Error switch
        {
            ErrorCode.None => ServeAsync(context, request, round),
            ErrorCode.ShareSessionLimitReached => RefuseLateAsync(context, request, round.Error),
            _ => new(Refuse(context, request, round.Error)),
        };
    }

    public ShareFetchResponse Refuse(RequestContext context, ShareFetchRequest request, ErrorCode error) => new() { ErrorCode = error };

    /// <summary>After the time that the fetch would have waited: a member for which there is no room asks again at once.</summary>
    private async ValueTask<ShareFetchResponse?> RefuseLateAsync(RequestContext context, ShareFetchRequest request, ErrorCode error)
    {
        var pause = FetchWaits.AtMost(Math.Max(request.MaxWaitMs, 0));
        await Task.Delay(pause, services.Time, context.ConnectionClosed).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return Refuse(context, request, error);
    }

    private ErrorCode Check(ShareFetchRequest request)
    {
        if (!Enum.IsDefined((ShareAcquireMode)request.ShareAcquireMode)) return ErrorCode.UnknownServerError;
        bool wantsRecords = request is not { MaxWaitMs: 0, MinBytes: 0, MaxBytes: 0, MaxRecords: 0 };
        if (request.IsRenewAck && wantsRecords) return ErrorCode.InvalidRequest;
        // What a member has of a former session it may acknowledge when it has a new one.
        if (request.ShareSessionEpoch == 0 && request.Topics.Any(HasAcknowledgements)) return ErrorCode.InvalidRequest;
        return ShareRequests.Check(request.GroupId, request.MemberId, services.Sharing);
    }

    private static bool HasAcknowledgements(ShareFetchRequest.FetchTopic topic) =>
        topic.Partitions.Exists(partition => partition.AcknowledgementBatches.Count > 0);

    private async ValueTask<ShareFetchResponse?> ServeAsync(RequestContext context, ShareFetchRequest request, ShareRound round)
    {
        var member = new ShareSessionKey(request.GroupId!, request.MemberId!);
        var acknowledged = await _acknowledgements.ProcessAsync(member, Acknowledged(request)).ConfigureAwait(false);
        if (round.IsLast) await services.Sharing.Sessions.EndAsync(member).ConfigureAwait(false);
        bool fetches = !round.IsLast && request is { IsRenewAck: false, MaxRecords: > 0, MaxBytes: > 0 };
        var fetched = fetches ? await _waiting.FetchAsync(context, request, round).ConfigureAwait(false) : [];
        var answer = new ShareFetchAnswer(new ShareLeaders(services, context)).Of(fetched, acknowledged, namesAll: round.IsFirst);
        answer.AcquisitionLockTimeoutMs = services.Sharing.ConfigOf(member.GroupId).Delivery.LockDurationMs;
        return answer;
    }

    private static List<AcknowledgedPartition> Acknowledged(ShareFetchRequest request) =>
    [
        .. from topic in request.Topics
           from partition in topic.Partitions
           where partition.AcknowledgementBatches.Count > 0
           let batches = partition.AcknowledgementBatches.Select(batch => new Acknowledgement(new(batch.FirstOffset, batch.LastOffset), batch.AcknowledgeTypes))
           select new AcknowledgedPartition(
               new TopicIdPartition(topic.TopicId, partition.PartitionIndex), ShareAcknowledgements.Check(batches, request.IsRenewAck)),
    ];
}
