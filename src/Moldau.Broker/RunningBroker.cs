using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Config;
using Moldau.Broker.Hosting;
using Moldau.Broker.Net;
using Moldau.Broker.Security;
using Moldau.Broker.Topics;
using Moldau.Protocol.Messages;

namespace Moldau.Broker;

/// <summary>
/// The composition root: makes the parts of a broker in the order in which they need each other, and stops them in the other one.
/// </summary>
internal sealed class RunningBroker
{
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lazy<Task> _stopping;

    private RunningBroker(BrokerServices services, Network network)
    {
        Services = services;
        Network = network;
        _stopping = new Lazy<Task>(StopOnceAsync);
    }

    public BrokerServices Services { get; }

    public Network Network { get; }

    public FirstStartCredentials? Credentials { get; private init; }

    public string? DataDirectory => Services.Config.Storage.LogDirectory is { } log ? Path.GetDirectoryName(Path.GetFullPath(log)) : null;

    public Task Completion => _stopped.Task;

    public static async Task<RunningBroker> StartAsync(KafkaBrokerOptions options, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var config = BrokerConfig.Load(options);
        var loggers = new LoggerLevels(options.LoggerFactory ?? NullLoggerFactory.Instance);
        loggers.CreateLogger("Moldau.Broker.Configuration").Noticed(config.Notices);
        FirstStartCredentials? credentials = null;
        var storage = await BrokerStorage.OpenAsync(config, options.TimeProvider, FirstUsers, loggers).ConfigureAwait(false);
        BrokerServices? services = null;
        Network? network = null;
        try
        {
            services = PartsOf(config, options, loggers, storage);
            network = new Network(services, new MetadataCredentials(storage.Metadata));
            network.Open();
            var running = new RunningBroker(services, network) { Credentials = credentials };
            _ = running.StopWhenStorageFailsAsync();
            return running;
        }
        catch
        {
            await CloseAsync(network, services, storage).ConfigureAwait(false);
            throw;
        }

        IReadOnlyList<UserScramCredentialRecord> FirstUsers()
        {
            if (!config.Listeners.Any(listener => listener.HasSasl)) return [];
            credentials = FirstUser.Make();
            return FirstUser.Records(credentials);
        }
    }

    private static BrokerServices PartsOf(BrokerConfig config, KafkaBrokerOptions options, LoggerLevels loggers, BrokerStorage storage) => new()
    {
        Config = config,
        Limits = storage.LiveConfig.Of(storage.Metadata.Image).Connections,
        Loggers = loggers,
        Time = options.TimeProvider,
        Metrics = new BrokerMetrics(),
        Memory = new MemoryBudget(config.Connections.RequestMemoryBytesMax),
        Storage = storage,
        Coordinators = new BrokerCoordinators(config, storage, options.TimeProvider, loggers),
    };

    public Task StopAsync() => _stopping.Value;

    private async Task StopWhenStorageFailsAsync()
    {
        var cause = await Services.Storage.Failed.ConfigureAwait(false);
        try
        {
            await StopAsync().ConfigureAwait(false);
        }
        finally
        {
            _stopped.TrySetException(new IOException($"The broker has stopped since its disk failed: {cause.Message}", cause));
        }
    }

    private async Task StopOnceAsync()
    {
        try
        {
            await CloseAsync(Network, Services, Services.Storage).ConfigureAwait(false);
        }
        finally
        {
            if (!Services.Storage.Failed.IsCompleted) _stopped.TrySetResult();
        }
    }

    /// <summary>Whatever part fails to close, those below it are closed: the next start needs the lock of the log directory.</summary>
    private static async Task CloseAsync(Network? network, BrokerServices? services, BrokerStorage storage)
    {
        try
        {
            if (network is not null) await network.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            services?.Coordinators.Dispose();
            services?.Metrics.Dispose();
            await storage.DisposeAsync().ConfigureAwait(false);
        }
    }
}
