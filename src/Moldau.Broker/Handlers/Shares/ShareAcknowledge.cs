using Moldau.Broker.Sharing;
using Moldau.Coordination.Groups;
using Moldau.Coordination.SharePartitions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>
/// ShareAcknowledge (key 79), v1-2. Answered when what it says is stored. With the last epoch, -1, it ends the session. From v2 it may renew
/// locks, and says how long they last.
/// </summary>
internal sealed class ShareAcknowledge(BrokerServices services) : IHandler<ShareAcknowledgeRequest, ShareAcknowledgeResponse>
{
    private readonly ShareAcknowledgements _acknowledgements = new(services.Partitions, services.Sharing.Partitions);

    public ValueTask<ShareAcknowledgeResponse?> HandleAsync(RequestContext context, ShareAcknowledgeRequest request)
    {
        var error = ShareRequests.Check(request.GroupId, request.MemberId, services.Sharing);
        if (error != ErrorCode.None) return new(Refuse(context, request, error));
        var round = services.Sharing.Sessions.Begin(request);
        return round.Error == ErrorCode.None ? ServeAsync(context, request, round) : new(Refuse(context, request, round.Error));
    }

    public ShareAcknowledgeResponse Refuse(RequestContext context, ShareAcknowledgeRequest request, ErrorCode error) => new() { ErrorCode = error };

    private async ValueTask<ShareAcknowledgeResponse?> ServeAsync(RequestContext context, ShareAcknowledgeRequest request, ShareRound round)
    {
        var member = new ShareSessionKey(request.GroupId!, request.MemberId!);
        var outcomes = await _acknowledgements.ProcessAsync(member, Acknowledged(request)).ConfigureAwait(false);
        if (round.IsLast) await services.Sharing.Sessions.EndAsync(member).ConfigureAwait(false);
        var answer = new ShareAcknowledgeAnswer(new ShareLeaders(services, context)).Of(outcomes);
        answer.AcquisitionLockTimeoutMs = services.Sharing.ConfigOf(member.GroupId).Delivery.LockDurationMs;
        return answer;
    }

    private static List<AcknowledgedPartition> Acknowledged(ShareAcknowledgeRequest request) =>
    [
        .. from topic in request.Topics
           from partition in topic.Partitions
           let batches = partition.AcknowledgementBatches.Select(batch => new Acknowledgement(new(batch.FirstOffset, batch.LastOffset), batch.AcknowledgeTypes))
           select new AcknowledgedPartition(
               new TopicIdPartition(topic.TopicId, partition.PartitionIndex), ShareAcknowledgements.Check(batches, request.IsRenewAck)),
    ];
}
