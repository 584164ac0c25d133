using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>
/// GetTelemetrySubscriptions (key 71), v0. Clients ask by themselves which metrics to push; none are wanted. A client without an id
/// gets one; who asks again too soon is refused (89).
/// </summary>
internal sealed class GetTelemetrySubscriptions(TimeProvider time)
    : IHandler<GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse>
{
    private const int PushIntervalMs = 300_000;
    private const int TelemetryBytesMax = 1024 * 1024;

    // zstd, lz4, gzip, snappy: the best first.
    private static readonly List<sbyte> CompressionTypes = [4, 3, 1, 2];

    private readonly TelemetryClients _clients = new(time, TimeSpan.FromMilliseconds(PushIntervalMs));

    public ValueTask<GetTelemetrySubscriptionsResponse?> HandleAsync(RequestContext context, GetTelemetrySubscriptionsRequest request)
    {
        var client = request.ClientInstanceId == Guid.Empty ? Guid.NewGuid() : request.ClientInstanceId;
        if (!_clients.TryAsk(client)) return new(Refuse(context, request, ErrorCode.ThrottlingQuotaExceeded));
        return new(new GetTelemetrySubscriptionsResponse
        {
            ClientInstanceId = client,
            AcceptedCompressionTypes = CompressionTypes,
            PushIntervalMs = PushIntervalMs,
            TelemetryMaxBytes = TelemetryBytesMax,
            DeltaTemporality = true,
        });
    }

    public GetTelemetrySubscriptionsResponse Refuse(RequestContext context, GetTelemetrySubscriptionsRequest request, ErrorCode error) =>
        new() { ErrorCode = error };
}
