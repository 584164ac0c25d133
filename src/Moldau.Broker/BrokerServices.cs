using Microsoft.Extensions.Logging;

namespace Moldau.Broker;

/// <summary>The parts of one running broker that handlers are made from; put together by <see cref="KafkaBroker"/>.</summary>
internal sealed class BrokerServices
{
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>UTC for times that are stored, its timestamp for timers.</summary>
    public required TimeProvider Time { get; init; }
}
