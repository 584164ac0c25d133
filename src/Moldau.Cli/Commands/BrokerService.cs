using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moldau.Broker;

namespace Moldau.Cli.Commands;

/// <summary>The broker as a service of the generic host.</summary>
internal sealed class BrokerService(KafkaBrokerOptions options, ILoggerFactory loggers) : IHostedService
{
    private KafkaBroker? _broker;

    public KafkaBroker Broker => _broker ?? throw new InvalidOperationException("the broker has not started");

    public async Task StartAsync(CancellationToken cancellationToken)
    {
        options.LoggerFactory = loggers;
        _broker = await KafkaBroker.StartAsync(options, cancellationToken);
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        if (_broker is not null)
        {
            await _broker.DisposeAsync();
        }
    }
}
