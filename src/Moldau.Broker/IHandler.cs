using Moldau.Protocol;
using Moldau.Protocol.Wire;

namespace Moldau.Broker;

/// <summary>
/// Answers one API. The part that runs before the first await is the ordered stage: it ends before the next frame of the connection is
/// read, and only it may use record bytes that the request borrows. The returned task is the waiting stage.
/// </summary>
internal interface IHandler<TRequest, TResponse>
    where TRequest : IRequest<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    /// <summary>The response; null where the protocol has none (Produce with acks=0).</summary>
    ValueTask<TResponse?> HandleAsync(RequestContext context, TRequest request);

    /// <summary>The API's own shape of a refusal of the whole request; null where it has none, and the connection is closed.</summary>
    TResponse? Refuse(RequestContext context, TRequest request, ErrorCode error) => null;
}
