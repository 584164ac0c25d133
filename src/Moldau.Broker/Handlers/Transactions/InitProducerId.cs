using Microsoft.Extensions.Logging;
using Moldau.Broker.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>
/// InitProducerId (key 22), v0-v5. An id for an idempotent producer, new at each call. A transactional id is refused as an API that is
/// not supported.
/// </summary>
internal sealed class InitProducerId(ProducerIdSource ids, ILogger logger) : IHandler<InitProducerIdRequest, InitProducerIdResponse>
{
    private const long NoProducerId = -1;
    private const short NoEpoch = -1;

    public async ValueTask<InitProducerIdResponse?> HandleAsync(RequestContext context, InitProducerIdRequest request)
    {
        bool isHalfAPair = request.ProducerId == NoProducerId != (request.ProducerEpoch == NoEpoch);
        if (isHalfAPair || request.TransactionalId is "") return Refuse(context, request, ErrorCode.InvalidRequest);
        if (request.TransactionalId is { } transactionalId)
        {
            logger.TransactionsNotSupported(context.ClientId, transactionalId);
            return Refuse(context, request, ErrorCode.UnsupportedVersion);
        }
        return new InitProducerIdResponse { ProducerId = await ids.NextAsync().ConfigureAwait(false), ProducerEpoch = 0 };
    }

    public InitProducerIdResponse Refuse(RequestContext context, InitProducerIdRequest request, ErrorCode error) =>
        new() { ErrorCode = error, ProducerId = NoProducerId, ProducerEpoch = NoEpoch };
}
