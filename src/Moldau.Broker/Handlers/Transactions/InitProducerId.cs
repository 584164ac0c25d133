using Moldau.Broker.Hosting;
using Moldau.Broker.Topics;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>
/// InitProducerId (key 22), v0-v5. Without a transactional id an id for an idempotent producer, new at each call; with one the id's own, and
/// an epoch that fences all earlier producers. From v3 on a producer names its pair to go on after an error (KIP-360); v4 brings the error
/// that says it is fenced.
/// </summary>
internal sealed class InitProducerId(TransactionHost transactions, ProducerIdSource ids) : IHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    private const short KnowsFencedSince = 4;

    public async ValueTask<InitProducerIdResponse?> HandleAsync(RequestContext context, InitProducerIdRequest request)
    {
        bool isHalfAPair = request.ProducerId == Transaction.NoProducerId != (request.ProducerEpoch == Transaction.NoEpoch);
        if (isHalfAPair || request.TransactionalId is "") return Refuse(context, request, ErrorCode.InvalidRequest);
        if (request.TransactionalId is not { } transactionalId) return await NewAsync().ConfigureAwait(false);
        var error = await transactions.EnsureTopicAsync().ConfigureAwait(false);
        if (error != ErrorCode.None) return Refuse(context, request, error);
        var answer = await transactions
            .AskAsync(transactionalId, request, ProducerInitialization.Refusal)
            .ConfigureAwait(false);
        answer.ErrorCode = TransactionErrors.OfProducer(answer.ErrorCode, context.Version, KnowsFencedSince);
        return answer;
    }

    public InitProducerIdResponse Refuse(RequestContext context, InitProducerIdRequest request, ErrorCode error) =>
        ProducerInitialization.Refusal(error);

    private async ValueTask<InitProducerIdResponse> NewAsync() => await ids.TryNextAsync().ConfigureAwait(false) is { } id
        ? new InitProducerIdResponse { ProducerId = id, ProducerEpoch = 0 }
        : ProducerInitialization.Refusal(ProducerIdSource.NoneNow);
}
