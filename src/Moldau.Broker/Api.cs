using Microsoft.Extensions.Logging;
using Moldau.Broker.Net;
using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Wire;

namespace Moldau.Broker;

/// <summary>Whether a connection's next request may start while this one waits.</summary>
internal enum ApiOrder
{
    /// <summary>The next frame is read when the answer to this request is sent, as Kafka does with all of them.</summary>
    Serial,

    /// <summary>The next frame is read when the ordered stage is done; replies still leave in request order.</summary>
    Overlapping,
}

/// <summary>One row of the API table: what is served, and how its handler is made.</summary>
internal abstract class Api(ApiKey key, short min, short max)
{
    public ApiKey Key { get; } = key;

    public short Min { get; } = min;

    public short Max { get; } = max;

    public ApiOrder Order { get; init; } = ApiOrder.Serial;

    /// <summary>Elements of all arrays of a request, beyond which it is not decoded.</summary>
    public int ElementsMax { get; init; } = 10_000;

    /// <summary>The lowest version that ApiVersions names, where it is not the lowest that is served.</summary>
    public short? AnnouncedMin { get; init; }

    /// <summary>Whether ApiVersions names the API: Kafka answers some that it does not announce.</summary>
    public bool IsAnnounced { get; init; } = true;

    public bool Serves(short version) => version >= Min && version <= Max;

    public abstract bool IsRequestFlexible(short version);

    public abstract bool IsResponseFlexible(short version);

    /// <summary>Makes the row's handler for one broker.</summary>
    public abstract IEndpoint Bind(BrokerServices services);
}

/// <summary>A row whose messages are known.</summary>
internal sealed class Api<TRequest, TResponse>(short min, short max, Func<BrokerServices, IHandler<TRequest, TResponse>> create)
    : Api(TRequest.ApiKey, min, max)
    where TRequest : class, IRequest<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    public override bool IsRequestFlexible(short version) => TRequest.IsFlexible(version);

    public override bool IsResponseFlexible(short version) => TResponse.IsFlexible(version);

    public override IEndpoint Bind(BrokerServices services) =>
        new Endpoint<TRequest, TResponse>(
            this, create(services), services.Metrics, services.Loggers.CreateLogger("Moldau.Broker.Requests"));
}

/// <summary>A row of the table together with its handler in one running broker.</summary>
internal interface IEndpoint
{
    Api Api { get; }

    /// <summary>Decodes the body and runs the handler. Null means: no answer is sent.</summary>
    /// <exception cref="MalformedMessageException">The body is not a request of this API at this version.</exception>
    ValueTask<IMessage?> InvokeAsync(RequestContext context, ref WireReader body);

    /// <summary>The API's answer to a request that may not be served now; null where the connection must be closed instead.</summary>
    IMessage? Refuse(RequestContext context, ref WireReader body, ErrorCode error);
}

/// <summary>
/// Keeps a failure of a handler to the one request: it is logged, and answered with the API's own refusal where it has one.
/// </summary>
internal sealed class Endpoint<TRequest, TResponse>(Api api, IHandler<TRequest, TResponse> handler, BrokerMetrics metrics, ILogger logger)
    : IEndpoint
    where TRequest : class, IRequest<TRequest>
    where TResponse : class, IMessage<TResponse>
{
    public Api Api => api;

    public ValueTask<IMessage?> InvokeAsync(RequestContext context, ref WireReader body)
    {
        var request = TRequest.Read(ref body, context.Version);
        ValueTask<TResponse?> answer;
        try
        {
            answer = handler.HandleAsync(context, request);
            if (answer.IsCompletedSuccessfully) return new ValueTask<IMessage?>(answer.Result);
        }
        catch (Exception e)
        {
            answer = ValueTask.FromException<TResponse?>(e); // What the context holds by now is let go with its reply, so there must be one.
        }
        finally
        {
            // Not before: whoever saw it counted knows that what he asks next comes behind it.
            metrics.RequestStarted(api.Key);
        }
        return AwaitAsync(context, request, answer);
    }

    public IMessage? Refuse(RequestContext context, ref WireReader body, ErrorCode error) =>
        handler.Refuse(context, TRequest.Read(ref body, context.Version), error);

    private async ValueTask<IMessage?> AwaitAsync(RequestContext context, TRequest request, ValueTask<TResponse?> answer)
    {
        try
        {
            return await answer.ConfigureAwait(false);
        }
        catch (Exception e) when (e is not ConnectionEndException)
        {
            return Failed(context, request, e);
        }
    }

    private TResponse Failed(RequestContext context, TRequest request, Exception e)
    {
        context.ReleaseHeld();
        metrics.RequestFailed(api.Key);
        var error = e switch
        {
            LogOfflineException => ErrorCode.KafkaStorageError, // Whatever took the log offline, or has no room, has said so; the client may ask again.
            LargeChangeException => ErrorCode.PolicyViolation,
            _ => ErrorCode.UnknownServerError,
        };
        if (error == ErrorCode.UnknownServerError) logger.HandlerFailed(api.Key, context.Version, context.ClientId, e);
        return handler.Refuse(context, request, error)
            ?? throw new ConnectionEndException(ConnectionEnd.HandlerFailed, $"{api.Key} failed: {e.Message}");
    }
}
