using Moldau.Broker.Hosting;
using Moldau.Coordination;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>
/// EndTxn (key 26), v0-v5. Answered when the outcome is stored: nothing changes it any more, while the markers are still being written. From
/// v5 on the epoch is raised and told (KIP-890); v2 brings the error that says that the producer is fenced.
/// </summary>
internal sealed class EndTxn(TransactionHost transactions) : IHandler<EndTxnRequest, EndTxnResponse>
{
    private const short KnowsFencedSince = 2;
    private const short RaisesEpochSince = 5;

    public async ValueTask<EndTxnResponse?> HandleAsync(RequestContext context, EndTxnRequest request)
    {
        if (request.TransactionalId.Length == 0) return TransactionEnding.Refusal(ErrorCode.InvalidRequest);
        var producer = new TransactionalProducer(request.ProducerId, request.ProducerEpoch);
        var asked = new EndTransaction(request.TransactionalId, producer, request.Committed)
        {
            ClientVersion = context.Version >= RaisesEpochSince ? TransactionVersions.EpochBump : TransactionVersions.Original,
        };
        var answer = await transactions
            .AskAsync(request.TransactionalId, asked, TransactionEnding.Refusal)
            .ConfigureAwait(false);
        answer.ErrorCode = TransactionErrors.OfProducer(answer.ErrorCode, context.Version, KnowsFencedSince);
        return answer;
    }

    public EndTxnResponse Refuse(RequestContext context, EndTxnRequest request, ErrorCode error) => TransactionEnding.Refusal(error);
}
