using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Security;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Topics;

/// <summary>What a broker keeps: its log directory, on disk or in memory, and the metadata and partitions in it.</summary>
internal sealed class BrokerStorage : IAsyncDisposable
{
    private const string MemoryPath = "/memory";

    private readonly LogDirectory _directory;
    private readonly StorageConfig _config;

    private BrokerStorage(LogDirectory directory, MetadataStore store, MetadataUpkeep upkeep, BrokerConfig config, StorageLog log)
    {
        _directory = directory;
        _config = config.Storage;
        Failed = log.Failed;
        LiveConfig = new LiveConfig(config);
        Partitions = new Partitions();
        Metadata = new MetadataHost(store, new PartitionLogs(directory, LiveConfig, Partitions, log.Logger), upkeep, config.NodeId);
        Topics = new TopicAdmin(Metadata, LiveConfig, directory.Identity.DirectoryId);
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
        BrokerConfig config, TimeProvider time, Func<IReadOnlyList<UserScramCredentialRecord>> firstUsers, ILoggerFactory loggers)
    {
        var logger = loggers.CreateLogger<BrokerStorage>();
        var log = new StorageLog(logger);
        PrivateDirectories.Make(new[] { config.Storage.LogDirectory, config.Storage.JournalDirectory }.OfType<string>());
        return OpenAsync(LogDirectory.Open(Options(config, time, log)), config, time, firstUsers, log);
    }

    /// <summary>
    /// Takes over an open directory: replays its metadata and registers the broker. The first users are asked for only where the
    /// cluster is new.
    /// </summary>
    public static async Task<BrokerStorage> OpenAsync(
        LogDirectory directory, BrokerConfig config, TimeProvider time, Func<IReadOnlyList<UserScramCredentialRecord>> firstUsers, StorageLog log)
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
            new MetadataStart(store, directory, Registration(config, directory), time).Run(store.IsNew ? firstUsers() : [], log.Truncated);
            await store.Log.CommittedAsync().ConfigureAwait(false);
            var storage = new BrokerStorage(directory, store, new MetadataUpkeep(store, config.MetadataLog, time, log.Logger), config, log);
            Unenforced.Tell(log.Logger, storage.Metadata.Image, directory);
            return storage;
        }
        catch
        {
            await directory.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>The bytes of the volume that holds the log directory, and those that are left; -1 where the system does not say.</summary>
    public (long TotalBytes, long UsableBytes) Space()
    {
        if (_config.LogDirectory is null) return (_config.MemoryBytesMax, Math.Max(_config.MemoryBytesMax - UsedBytes(), 0));
        try
        {
            // Unix takes any path for the volume that holds it, Windows only the root.
            var volume = new DriveInfo(OperatingSystem.IsWindows() ? Path.GetPathRoot(LogPath)! : LogPath);
            return (volume.TotalSize, volume.AvailableFreeSpace);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return (-1, -1);
        }
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

    private static string PathOf(StorageConfig config) => config.LogDirectory is { } path ? Path.GetFullPath(path) : MemoryPath;

    private long UsedBytes() => _directory.Partitions.Sum(log => log.SizeInBytes);

    private static LogDirectoryOptions Options(BrokerConfig config, TimeProvider time, StorageLog log)
    {
        var storage = config.Storage;
        var options = new LogDirectoryOptions
        {
            Files = storage.LogDirectory is null ? new MemoryFileStore(storage.MemoryBytesMax) : new DiskFileStore(),
            Path = storage.LogDirectory ?? MemoryPath,
            JournalPath = storage.JournalDirectory ?? MemoryPath + "-journal",
            NewIdentity = new() { ClusterId = KafkaUuid.ToText(TopicAdmin.FreshId()), NodeId = config.NodeId, DirectoryId = TopicAdmin.FreshId() },
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
        IncarnationId = TopicAdmin.FreshId(),
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
