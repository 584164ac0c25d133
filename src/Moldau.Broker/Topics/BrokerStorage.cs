using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Security;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Log.Journaling;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Topics;

/// <summary>What a broker keeps: its log directory, on disk or in memory, and the metadata and partitions in it.</summary>
internal sealed class BrokerStorage : IAsyncDisposable
{
    private const string MemoryPath = "/memory";
    private const int Mebibyte = 1024 * 1024;

    private readonly LogDirectory _directory;
    private readonly StorageConfig _config;

    private BrokerStorage(LogDirectory directory, MetadataStore store, BrokerConfig config, TimeProvider time, StorageLog log)
    {
        _directory = directory;
        _config = config.Storage;
        Failed = log.Failed;
        LiveConfig = new LiveConfig(config);
        Partitions = new Partitions();
        var logs = new PartitionLogs(directory, LiveConfig, Partitions, log.Logger, time);
        Metadata = new MetadataHost(store, logs, new MetadataUpkeep(store, config.MetadataLog, time, log.Logger), config.NodeId, time, log);
        Partitions.ClosedOneFound += Metadata.OpenClosedLogs;
        Topics = new TopicAdmin(Metadata, LiveConfig, directory.Identity.DirectoryId, directory.NewId);
        ProducerIds = new ProducerIdSource(Metadata, config.NodeId);
    }

    public string ClusterId => _directory.Identity.ClusterId;

    /// <summary>The log directory's absolute path, as clients are told it.</summary>
    public string LogPath => PathOf(_config);

    public MetadataHost Metadata { get; }

    public Partitions Partitions { get; }

    public TopicAdmin Topics { get; }

    public ProducerIdSource ProducerIds { get; }

    public LiveConfig LiveConfig { get; }

    /// <summary>Completes when the disk has failed so that nothing is acknowledged any more; the broker must stop.</summary>
    public Task<Exception> Failed { get; }

    /// <summary>Opens the directory that the configuration names, or one in memory.</summary>
    public static Task<BrokerStorage> OpenAsync(
        BrokerConfig config, TimeProvider time, Func<IReadOnlyList<UserScramCredentialRecord>> firstUsers, ILoggerFactory loggers,
        CancellationToken cancellation = default)
    {
        var log = new StorageLog(loggers.CreateLogger<BrokerStorage>(), time);
        var options = Options(config, time, log);
        JournalDirectory.ThrowIfMissing(options.Files, options.JournalPath, options.Path);
        PrivateDirectories.Make(new[] { config.Storage.LogDirectory, config.Storage.JournalDirectory }.OfType<string>());
        return OpenAsync(LogDirectory.Open(options), config, time, firstUsers, log, cancellation);
    }

    /// <summary>
    /// Takes over an open directory: replays its metadata and registers the broker. The first users are asked for only where the
    /// cluster is new. Where the journal has no room the start of a cluster that exists waits for it, and that of a new one fails.
    /// </summary>
    /// <exception cref="OperationCanceledException">Cancelled while it waited.</exception>
    public static async Task<BrokerStorage> OpenAsync(
        LogDirectory directory, BrokerConfig config, TimeProvider time, Func<IReadOnlyList<UserScramCredentialRecord>> firstUsers, StorageLog log,
        CancellationToken cancellation = default)
    {
        try
        {
            if (directory.Identity.NodeId != config.NodeId)
            {
                throw new UnsuitableClusterException(
                    $"The log directory belongs to node {directory.Identity.NodeId}, and node.id is {config.NodeId}.",
                    $"Set node.id={directory.Identity.NodeId}, or give another directory.");
            }
            var store = new MetadataStore(directory, config.MetadataLog, time);
            if (store.IsNew)
            {
                MetadataCheck.NotFormattedByOlderKafka(directory.Files, Path.GetDirectoryName(directory.PathOf(MetadataLog.Name))!);
                ReserveJournal(directory);
            }
            var start = new MetadataStart(store, directory, Registration(config, directory), time) { ConfiguredVoters = config.Layers.List("controller.quorum.voters") };
            start.Run(store.IsNew ? firstUsers() : [], log.Truncated);
            await store.Log.CommittedAsync().AsTask().WaitAsync(cancellation).ConfigureAwait(false);
            var storage = new BrokerStorage(directory, store, config, time, log);
            Unenforced.Tell(log.Logger, storage.Metadata.Image, directory);
            return storage;
        }
        catch
        {
            await GiveUpAsync(directory).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The broker is about to stop: who waits for room on the disk is told that there is none, and the stop is not held up by it.</summary>
    public void StopWaitingForRoom() => _directory.StopWaitingForRoom();

    /// <summary>The bytes of the volume that holds the log directory, and those that are left; -1 where the system does not say.</summary>
    public (long TotalBytes, long UsableBytes) Space()
    {
        if (_config.LogDirectory is null) return (_config.MemoryBytesMax, Math.Max(_config.MemoryBytesMax - UsedBytes(), 0));
        return DiskSpace.Of(LogPath);
    }

    /// <summary>A clean stop. Whatever appends must have stopped before.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await Metadata.StopAsync().ConfigureAwait(false);
        }
        catch (LogOfflineException)
        {
            // The disk has failed, and said so: there is nothing left that a stop could write. The next start recovers.
        }
        finally
        {
            await _directory.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static async Task GiveUpAsync(LogDirectory directory)
    {
        directory.StopWaitingForRoom();
        try
        {
            await directory.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Why the start failed says more, and is often the cause of this.
        }
    }

    private static void ReserveJournal(LogDirectory directory)
    {
        try
        {
            directory.ReserveJournal();
        }
        catch (StorageExhaustedException e) when (e.Lack == StorageLack.Room)
        {
            long free = DiskSpace.Of(directory.JournalPath).UsableBytes;
            string left = free < 0 ? "less" : $"{free / Mebibyte} MiB";
            throw new StorageExhaustedException(
                $"A new log directory needs {directory.JournalFileBytes / Mebibyte} MiB for the first file of its journal, " +
                $"and the disk of {directory.JournalPath} has {left}.",
                e);
        }
    }

    private static string PathOf(StorageConfig config) => config.LogDirectory is { } path ? Path.GetFullPath(path) : MemoryPath;

    private long UsedBytes() => _directory.Partitions.Sum(log => log.SizeInBytes);

    private static LogDirectoryOptions Options(BrokerConfig config, TimeProvider time, StorageLog log)
    {
        var storage = config.Storage;
        var options = new LogDirectoryOptions
        {
            Files = storage.Files ?? (storage.LogDirectory is null ? new MemoryFileStore(storage.MemoryBytesMax) : new DiskFileStore()),
            Path = storage.LogDirectory ?? MemoryPath,
            JournalPath = storage.JournalDirectory ?? MemoryPath + "-journal",
            NewIdentity = new() { ClusterId = KafkaUuid.ToText(TopicAdmin.FreshId()), NodeId = config.NodeId, DirectoryId = TopicAdmin.FreshId() },
            NewId = TopicAdmin.FreshId,
            Clock = time,
            ProducerIdExpirationMs = storage.ProducerIdExpirationMs,
            Upkeep = storage.Upkeep,
            Cleaning = storage.Cleaning,
            Observer = log,
        };
        return storage.LogDirectory is null ? options with { CommitMode = CommitMode.Immediate } : options;
    }

    private static NodeRegistration Registration(BrokerConfig config, LogDirectory directory) => new()
    {
        NodeId = config.NodeId,
        IncarnationId = directory.NewId(),
        LogDirectoryId = directory.Identity.DirectoryId,
        Endpoints = [.. config.Listeners.Select(Endpoint)],
        ControllerEndpoint = new("CONTROLLER", "localhost", 9093, (short)SecurityProtocol.Plaintext),
        Rack = config.Rack,
    };

    /// <summary>What is registered is for Kafka's tools on the directory; clients are told the address that they dialled.</summary>
    private static NodeEndpoint Endpoint(ListenerConfig listener)
    {
        var advertised = listener.Advertised ?? new AdvertisedEndpoint(listener.Host.Length > 0 ? listener.Host : "localhost", listener.Port);
        return new(listener.Name, advertised.Host, (ushort)advertised.Port, (short)listener.Protocol);
    }
}
