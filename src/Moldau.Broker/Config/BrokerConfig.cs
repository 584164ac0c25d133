using System.Collections.Immutable;
using System.Globalization;
using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Net;
using Moldau.Coordination.Groups;
using Moldau.Coordination.ShareState;
using Moldau.Log.Cleaning;
using Moldau.Log.Files;
using Moldau.Log.Upkeep;

namespace Moldau.Broker.Config;

/// <summary>The settings in force for one broker. Immutable: a dynamic change makes a new one.</summary>
internal sealed record BrokerConfig
{
    public required int NodeId { get; init; }

    public required string? Rack { get; init; }

    public required ImmutableArray<ListenerConfig> Listeners { get; init; }

    public required StorageConfig Storage { get; init; }

    public required MetadataLogConfig MetadataLog { get; init; }

    public required ConnectionLimits Connections { get; init; }

    public required SocketConfig Sockets { get; init; }

    public required NewTopicConfig NewTopics { get; init; }

    /// <summary><c>fetch.max.bytes</c></summary>
    public required int FetchBytesMax { get; init; }

    public required FetchSessionLimits FetchSessions { get; init; }

    public required GroupSettings Groups { get; init; }

    public required TransactionConfig Transactions { get; init; }

    /// <summary>The settings of the share coordinator.</summary>
    public required ShareStateSettings ShareState { get; init; }

    /// <summary>What the delivery of records to share groups goes by.</summary>
    public required ShareDeliveryConfig ShareDelivery { get; init; }

    /// <summary>max.request.partition.size.limit: how many partitions one answer of DescribeTopicPartitions names.</summary>
    public required int DescribedPartitionsMax { get; init; }

    /// <summary>Where all of it comes from.</summary>
    public required ConfigLayers Layers { get; init; }

    /// <summary>For the operator at the start: settings without effect, listeners that are not opened, doors that stand open.</summary>
    public ImmutableArray<ConfigNotice> Notices { get; init; } = [];

    /// <summary>Reads and checks the file and the options.</summary>
    /// <exception cref="ConfigException">A key or a value is wrong, or promises what does not exist.</exception>
    public static BrokerConfig Load(KafkaBrokerOptions options) => BrokerConfigLoader.Load(options);

    /// <summary>The same broker with other dynamic settings, given as stored. Listeners and directories are not changed by them.</summary>
    public BrokerConfig WithDynamic(IReadOnlyDictionary<string, string> broker, IReadOnlyDictionary<string, string> allBrokers)
    {
        var layers = Layers with { DynamicBroker = DynamicSettings.InForce(broker), DynamicDefault = DynamicSettings.InForce(allBrokers) };
        return From(layers, Listeners, Storage.WithDynamic(layers)) with { Notices = Notices };
    }

    public TopicConfig TopicConfig(IReadOnlyDictionary<string, string> own) => Config.TopicConfig.From(own, Layers);

    public static BrokerConfig From(ConfigLayers layers, ImmutableArray<ListenerConfig> listeners, StorageConfig storage) => new()
    {
        NodeId = layers.Int("node.id"),
        Rack = layers.Text("broker.rack"),
        Listeners = listeners,
        Storage = storage,
        MetadataLog = MetadataLogConfig.From(layers),
        Connections = ConnectionLimits.From(layers),
        Sockets = new()
        {
            ListenBacklog = layers.Int("socket.listen.backlog.size"),
            SendBufferBytes = layers.Int("socket.send.buffer.bytes"),
            ReceiveBufferBytes = layers.Int("socket.receive.buffer.bytes"),
        },
        NewTopics = new()
        {
            CreateWhenAsked = layers.Bool("auto.create.topics.enable"),
            Deletion = layers.Bool("delete.topic.enable"),
            Partitions = layers.Int("num.partitions"),
            ReplicationFactor = (short)layers.Int("default.replication.factor"),
        },
        DescribedPartitionsMax = layers.Int("max.request.partition.size.limit"),
        FetchBytesMax = layers.Int("fetch.max.bytes"),
        FetchSessions = new() { SessionsMax = layers.Int("max.incremental.fetch.session.cache.slots") },
        Groups = new()
        {
            InitialRebalanceDelayMs = layers.Int("group.initial.rebalance.delay.ms"),
            SessionTimeoutMsMin = layers.Int("group.min.session.timeout.ms"),
            SessionTimeoutMsMax = layers.Int("group.max.session.timeout.ms"),
            MembersMax = layers.Int("group.max.size"),
            OffsetMetadataMax = layers.Int("offset.metadata.max.bytes"),
            OffsetRetentionMs = layers.Int("offsets.retention.minutes") * 60_000L,
            OffsetRetentionCheckMs = layers.Long("offsets.retention.check.interval.ms"),
            Consumer = ConsumerGroupConfig.Read(layers),
            Share = ShareGroupConfig.Read(layers),
            Streams = StreamsGroupConfig.Read(layers),
        },
        Transactions = new()
        {
            Coordinator = new()
            {
                TimeoutMsMax = layers.Int("transaction.max.timeout.ms"),
                IdExpirationMs = layers.Int("transactional.id.expiration.ms"),
                ExpiryIntervalMs = layers.Int("transaction.remove.expired.transaction.cleanup.interval.ms"),
            },
            VerifiesPartitions = layers.Bool("transaction.partition.verification.enable"),
            AddRetryMs = layers.Int("add.partitions.to.txn.retry.backoff.ms"),
            AddRetryMsMax = layers.Int("add.partitions.to.txn.retry.backoff.max.ms"),
        },
        ShareState = new()
        {
            UpdatesPerSnapshot = layers.Int("share.coordinator.snapshot.update.records.per.snapshot"),
            ColdSnapshotIntervalMs = layers.Int("share.coordinator.cold.partition.snapshot.interval.ms"),
            PruneIntervalMs = layers.Int("share.coordinator.state.topic.prune.interval.ms"),
        },
        ShareDelivery = ShareDeliveryConfig.Read(layers),
        Layers = layers,
    };
}

internal enum ConfigNoticeLevel
{
    Information,
    Warning,
}

/// <summary>A sentence for the operator.</summary>
internal sealed record ConfigNotice(ConfigNoticeLevel Level, string Text);

/// <summary>Where data is kept. Without a log directory everything is in memory.</summary>
internal sealed record StorageConfig
{
    public required string? LogDirectory { get; init; }

    /// <summary>
    /// What <c>moldau handover</c> and <c>--data</c> take: the directory that holds <c>log</c> and <c>journal</c>, else the log directory.
    /// </summary>
    public string? DataDirectory =>
        Path.GetDirectoryName(LogDirectory) is { } above
        && (LogDirectory, JournalDirectory) == (Path.Combine(above, "log"), Path.Combine(above, "journal")) ? above : LogDirectory;

    public required string? JournalDirectory { get; init; }

    public required string? TlsDirectory { get; init; }

    /// <inheritdoc cref="KafkaBrokerOptions.Files"/>
    public IFileStore? Files { get; init; }

    /// <summary>The bound of the store in memory.</summary>
    public required long MemoryBytesMax { get; init; }

    public required long ProducerIdExpirationMs { get; init; }

    /// <summary>How often old segments, checkpoints and idle producers are looked after.</summary>
    public required UpkeepIntervals Upkeep { get; init; }

    /// <summary>What compaction may take.</summary>
    public required CleaningSettings Cleaning { get; init; }

    public const string CompactionCheckKey = "log.cleaner.backoff.ms";

    /// <summary>Of all that storage goes by, only what compaction does can change while the broker runs.</summary>
    public StorageConfig WithDynamic(ConfigLayers layers) =>
        this with { Cleaning = CleaningOf(layers), Upkeep = Upkeep with { CompactionCheckMs = layers.Long(CompactionCheckKey) } };

    public static CleaningSettings CleaningOf(ConfigLayers layers) => new()
    {
        IsEnabled = layers.Bool("log.cleaner.enable"),
        DedupeBufferBytes = layers.Long("log.cleaner.dedupe.buffer.size"),
        DedupeLoadFactor = double.Parse(layers.Text("log.cleaner.io.buffer.load.factor")!, CultureInfo.InvariantCulture),
        IoBufferBytes = layers.Int("log.cleaner.io.buffer.size"),
    };
}

/// <summary>What the sockets of listeners are opened with.</summary>
internal sealed record SocketConfig
{
    public required int ListenBacklog { get; init; }

    /// <summary>-1: the operating system's choice.</summary>
    public required int SendBufferBytes { get; init; }

    /// <summary>-1: the operating system's choice.</summary>
    public required int ReceiveBufferBytes { get; init; }
}

/// <summary>What a topic gets when its creation does not say.</summary>
internal sealed record NewTopicConfig
{
    /// <summary>auto.create.topics.enable</summary>
    public required bool CreateWhenAsked { get; init; }

    /// <summary>delete.topic.enable</summary>
    public required bool Deletion { get; init; }

    public required int Partitions { get; init; }

    public required short ReplicationFactor { get; init; }
}
