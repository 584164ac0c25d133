using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>
/// GetTelemetrySubscriptions (key 71), v0. Clients ask by themselves which metrics to push; none are wanted. A client without an id gets one.
/// </summary>
internal sealed class GetTelemetrySubscriptions : IHandler<GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse>
{
    private const int PushIntervalMs = 300_000;
    private const int TelemetryBytesMax = 1024 * 1024;

    // zstd, lz4, gzip, snappy: the best first.
    private static readonly List<sbyte> CompressionTypes = [4, 3, 1, 2];

    public ValueTask<GetTelemetrySubscriptionsResponse?> HandleAsync(RequestContext context, GetTelemetrySubscriptionsRequest request) => new(new GetTelemetrySubscriptionsResponse
    {
        ClientInstanceId = request.ClientInstanceId == Guid.Empty ? Guid.NewGuid() : request.ClientInstanceId,
        AcceptedCompressionTypes = CompressionTypes,
        PushIntervalMs = PushIntervalMs,
        TelemetryMaxBytes = TelemetryBytesMax,
        DeltaTemporality = true,
    });

    public GetTelemetrySubscriptionsResponse Refuse(RequestContext context, GetTelemetrySubscriptionsRequest request, ErrorCode error) => new() { ErrorCode = error };
}
