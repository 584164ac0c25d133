using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Moldau.Broker.Config;
using Moldau.Broker.Handlers.Cluster;
using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Topics;

/// <summary>A log directory in memory that outlives the brokers which open it one after the other.</summary>
internal sealed class StoredCluster
{
    public const string LogPath = "/data/log";
    public const string MetadataPath = LogPath + "/__cluster_metadata-0";

    public FakeTimeProvider Time { get; } = new(new DateTimeOffset(2026, 11, 25, 8, 0, 0, TimeSpan.Zero));

    /// <summary>The settings of the next broker, beside the built-in ones.</summary>
    public Dictionary<string, string> Properties { get; } = [];

    /// <summary>Where the events of the brokers go.</summary>
    public ILogger Logger { get; init; } = NullLogger.Instance;

    public IFileStore Files { get; init; } = new MemoryFileStore(64 * 1024 * 1024);

    public Guid DirectoryId { get; } = new("11111111-2222-3333-4444-555555555555");

    public IReadOnlyList<UserScramCredentialRecord> FirstUsers { get; init; } = [];

    /// <summary>How the directory is opened, where it matters.</summary>
    public Func<LogDirectoryOptions, LogDirectoryOptions> Options { get; set; } = given => given;

    /// <summary>The directory of the last broker; it has no threads, so that a test does its upkeep.</summary>
    public LogDirectory Directory { get; private set; } = null!;

    public Task<BrokerStorage> OpenAsync() => OpenAsync(CancellationToken.None);

    public Task<BrokerStorage> OpenAsync(CancellationToken cancellation)
    {
        var options = new KafkaBrokerOptions();
        foreach (var (key, value) in Properties) options.Properties[key] = value;
        var log = new StorageLog(Logger, Time);
        Directory = LogDirectory.Open(Options(new LogDirectoryOptions
        {
            Files = Files,
            Path = LogPath,
            JournalPath = "/data/journal",
            NewIdentity = new() { ClusterId = "MkU3OEVBNTcwNTJENDM2Qg", NodeId = 1, DirectoryId = DirectoryId },
            NewId = TopicAdmin.FreshId,
            Clock = Time,
            CommitMode = CommitMode.Immediate,
            Threads = BackgroundThreads.None,
            Observer = log,
        }));
        return BrokerStorage.OpenAsync(Directory, BrokerConfig.Load(options), Time, () => FirstUsers, log, cancellation);
    }

    public string Text(string path) => Encoding.UTF8.GetString(Files.ReadAll(path));

    public void Put(string path, byte[] bytes)
    {
        Files.CreateDirectory(Path.GetDirectoryName(path)!);
        Files.WriteAtomically(path, bytes);
    }

    public static async Task<Guid> CreateAsync(BrokerStorage storage, string topic, int partitions = 1, params (string Name, string Value)[] settings)
    {
        var response = await storage.Topics.CreateAsync(new CreateTopicsRequest
        {
            Topics = [new()
            {
                Name = topic,
                NumPartitions = partitions,
                ReplicationFactor = -1,
                Configs = [.. settings.Select(setting => new CreateTopicsRequest.CreatableTopicConfig { Name = setting.Name, Value = setting.Value })],
            }],
        });
        Assert.Equal(ErrorCode.None, response.Topics[0].ErrorCode);
        return response.Topics[0].TopicId;
    }

    public static async Task SetGroupAsync(BrokerStorage storage, string groupId, params (string Name, string Value)[] settings)
    {
        const sbyte GroupResource = 32;
        var handler = new IncrementalAlterConfigs(storage.Metadata, storage.LiveConfig, new LoggerLevels(NullLoggerFactory.Instance));
        var response = await handler.HandleAsync(new RequestContext { Api = ApiKey.IncrementalAlterConfigs, Version = 1 }, new IncrementalAlterConfigsRequest
        {
            Resources = [new()
            {
                ResourceType = GroupResource,
                ResourceName = groupId,
                Configs = [.. settings.Select(setting => new IncrementalAlterConfigsRequest.AlterableConfig { Name = setting.Name, Value = setting.Value })],
            }],
        });
        Assert.Equal(ErrorCode.None, response!.Responses[0].ErrorCode);
    }

    public static Task<DeleteTopicsResponse> DeleteAsync(BrokerStorage storage, string topic) =>
        storage.Topics.DeleteAsync(new DeleteTopicsRequest { TimeoutMs = 1000, TopicNames = [topic] }, version: 5);
}
