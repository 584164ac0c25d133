using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Cluster;

/// <summary>
/// DescribeCluster (key 60), v0-v2. One broker, at the address that the client dialled; this is no endpoint of controllers.
/// </summary>
internal sealed class DescribeCluster(BrokerServices broker) : IHandler<DescribeClusterRequest, DescribeClusterResponse>
{
    private const sbyte Brokers = 1;
    private const sbyte Controllers = 2;

    public ValueTask<DescribeClusterResponse?> HandleAsync(RequestContext context, DescribeClusterRequest request) => new(request.EndpointType switch
    {
        Brokers => Describe(context, request),
        Controllers => Refused(ErrorCode.MismatchedEndpointType, "This is an endpoint of brokers: ask it for endpoint type 1."),
        _ => Refused(ErrorCode.UnsupportedEndpointType, $"There is no endpoint type {request.EndpointType}: 1 is brokers, 2 is controllers."),
    });

    public DescribeClusterResponse Refuse(RequestContext context, DescribeClusterRequest request, ErrorCode error) => Refused(error, null);

    private DescribeClusterResponse Describe(RequestContext context, DescribeClusterRequest request) => new()
    {
        ClusterId = broker.ClusterId,
        ControllerId = broker.NodeId,
        Brokers = [new() { BrokerId = broker.NodeId, Host = context.Advertised.Host, Port = context.Advertised.Port, Rack = broker.Config.Rack }],
        ClusterAuthorizedOperations = request.IncludeClusterAuthorizedOperations ? AuthorizedOperations.OnCluster : AuthorizedOperations.NotAsked,
    };

    private static DescribeClusterResponse Refused(ErrorCode error, string? message) => new() { ErrorCode = error, ErrorMessage = message };
}
