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
        try
        {
            var services = PartsOf(config, options, loggers, storage);
            var network = new Network(services, new MetadataCredentials(storage.Metadata));
            var running = new RunningBroker(services, network) { Credentials = credentials };
            running.Network.Open();
            _ = running.StopWhenStorageFailsAsync();
            return running;
        }
        catch
        {
            await storage.DisposeAsync().ConfigureAwait(false);
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
        Limits = ConnectionLimits.From(storage.LiveConfig.Of(storage.Metadata.Image).Connections),
        Loggers = loggers,
        Time = options.TimeProvider,
        Metrics = new BrokerMetrics(),
        Memory = new MemoryBudget(ConnectionLimits.From(config.Connections).RequestMemoryBytesMax),
        Storage = storage,
        Coordinators = new BrokerCoordinators(config, storage, options.TimeProvider, loggers),
    };

    public Task StopAsync() => _stopping.Value;

    private async Task StopWhenStorageFailsAsync()
    {
        var cause = await Services.Storage.Failed.ConfigureAwait(false);
        await StopAsync().ConfigureAwait(false);
        _stopped.TrySetException(new IOException($"The broker has stopped since its disk failed: {cause.Message}", cause));
    }

    private async Task StopOnceAsync()
    {
        await Network.DisposeAsync().ConfigureAwait(false);
        Services.Coordinators.Dispose();
        await Services.Storage.DisposeAsync().ConfigureAwait(false);
        Services.Metrics.Dispose();
        if (!Services.Storage.Failed.IsCompleted) _stopped.TrySetResult();
    }
}
