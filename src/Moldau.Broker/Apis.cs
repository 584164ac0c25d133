using Moldau.Protocol;

namespace Moldau.Broker;

/// <summary>The APIs that are served, by key. ApiVersions answers and the compatibility document are derived from this table.</summary>
internal static class Apis
{
    // A row: new Api<HeartbeatRequest, HeartbeatResponse>(0, 4, broker => new Heartbeat(broker.Groups)),
    public static readonly Api[] Served =
    [
    ];

    /// <summary>The handlers of one broker, indexed by key; null where the API is not served.</summary>
    public static IEndpoint?[] Bind(BrokerServices services)
    {
        var endpoints = new IEndpoint?[Enum.GetValues<ApiKey>().Max(key => (int)key) + 1];
        foreach (var api in Served) endpoints[(int)api.Key] = api.Bind(services);
        return endpoints;
    }
}
