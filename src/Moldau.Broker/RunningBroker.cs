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
    private readonly BrokerParts _parts;

    private RunningBroker(BrokerParts parts, BrokerServices services, Network network)
    {
        _parts = parts;
        Services = services;
        Network = network;
        _stopping = new Lazy<Task>(StopOnceAsync);
    }

    public BrokerServices Services { get; }

    public Network Network { get; }

    public FirstStartCredentials? Credentials { get; private init; }

    public string? DataDirectory => Services.Config.Storage.DataDirectory;

    public Task Completion => _stopped.Task;

    public static async Task<RunningBroker> StartAsync(KafkaBrokerOptions options, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        var config = BrokerConfig.Load(options);
        var loggers = new LoggerLevels(options.LoggerFactory ?? NullLoggerFactory.Instance);
        loggers.CreateLogger("Moldau.Broker.Configuration").Noticed(config.Notices);
        var parts = new BrokerParts();
        try
        {
            var running = await StartAsync(parts, config, loggers, options.TimeProvider, cancellation).ConfigureAwait(false);
            _ = running.StopWhenStorageFailsAsync();
            return running;
        }
        catch
        {
            await parts.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<RunningBroker> StartAsync(
        BrokerParts parts, BrokerConfig config, LoggerLevels loggers, TimeProvider time, CancellationToken cancellation)
    {
        FirstStartCredentials? credentials = null;
        var bound = parts.Add(BoundListeners.Open(config, loggers.CreateLogger("Moldau.Broker.Network")));
        var storage = parts.Add(await BrokerStorage.OpenAsync(config, time, FirstUsers, loggers, cancellation).ConfigureAwait(false));
        var metrics = parts.Add(new BrokerMetrics());
        var coordinators = parts.Add(new BrokerCoordinators(storage, time, loggers));
        coordinators.Start();
        var services = new BrokerServices
        {
            Config = config,
            Limits = storage.LiveConfig.Of(storage.Metadata.Image).Connections,
            Loggers = loggers,
            Time = time,
            Metrics = metrics,
            Memory = new MemoryBudget(config.Connections.RequestMemoryBytesMax),
            Storage = storage,
            Coordinators = coordinators,
        };
        var network = parts.Add(new Network(services, bound, new MetadataCredentials(storage.Metadata)));
        network.Open();
        return new RunningBroker(parts, services, network) { Credentials = credentials };

        IReadOnlyList<UserScramCredentialRecord> FirstUsers()
        {
            if (!config.Listeners.Any(listener => listener.HasSasl)) return [];
            credentials = FirstUser.Make();
            return FirstUser.Records(credentials);
        }
    }

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
        // What is under way is answered before anything is closed, so nothing of it may wait for room that does not come.
        Services.Storage.StopWaitingForRoom();
        try
        {
            await _parts.DisposeAsync().ConfigureAwait(false);
        }
        finally
        {
            if (!Services.Storage.Failed.IsCompleted) _stopped.TrySetResult();
        }
    }
}
