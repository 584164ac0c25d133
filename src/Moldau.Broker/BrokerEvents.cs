using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Net;
using Moldau.Protocol;

namespace Moldau.Broker;

/// <summary>All that the broker logs. 1xx network, 2xx requests, 3xx storage, 4xx start and stop, 5xx coordinators.</summary>
internal static partial class BrokerEvents
{
    /// <summary>One line for the end of every connection: who and why. What a client does every day is no warning.</summary>
    public static void ConnectionEnded(this ILogger logger, ConnectionEnd end, string client, string listener, string detail)
    {
        var level = end is ConnectionEnd.ClosedByClient or ConnectionEnd.BrokerStopping or ConnectionEnd.Idle or ConnectionEnd.TransportFailed
            ? LogLevel.Debug
            : LogLevel.Warning;
        ConnectionEnded(logger, level, client, listener, end, detail);
    }

    [LoggerMessage(100, LogLevel.Information, "Listener {Listener} ({Protocol}) is open on {Address}")]
    public static partial void ListenerOpened(this ILogger logger, string listener, SecurityProtocol protocol, string address);

    [LoggerMessage(101, LogLevel.Error, "Listener {Listener} could not accept a connection: {Detail}")]
    public static partial void AcceptFailed(this ILogger logger, string listener, string detail);

    [LoggerMessage(EventId = 102, Message = "The connection of {Client} to {Listener} ended ({End}): {Detail}")]
    private static partial void ConnectionEnded(ILogger logger, LogLevel level, string client, string listener, ConnectionEnd end, string detail);

    [LoggerMessage(103, LogLevel.Warning, "{Count} connections did not end in time and were left behind")]
    public static partial void ConnectionsLeft(this ILogger logger, int count);

    [LoggerMessage(200, LogLevel.Error, "{Api} version {Version} of client '{ClientId}' failed")]
    public static partial void HandlerFailed(this ILogger logger, ApiKey api, short version, string? clientId, Exception exception);

    [LoggerMessage(500, LogLevel.Error, "{Shard} could not append {Count} records ({Error}); whoever waited for them was told, and nothing of it was applied")]
    public static partial void CoordinatorAppendFailed(this ILogger logger, string shard, int count, ErrorCode error);

    [LoggerMessage(501, LogLevel.Error, "{Shard} failed on one request or timer, which was dropped")]
    public static partial void CoordinatorFaulted(this ILogger logger, string shard, Exception fault);

    [LoggerMessage(502, LogLevel.Critical, "{Shard} has stopped: its state cannot be vouched for; its groups are not available until the broker is started again")]
    public static partial void CoordinatorBroken(this ILogger logger, string shard, Exception fault);
}
