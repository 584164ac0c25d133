using Microsoft.Extensions.Logging;
using Moldau.Broker.Sharing;
using Moldau.Broker.Topics;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.ShareState;
using Moldau.Coordination.Transactions;

namespace Moldau.Broker.Hosting;

/// <summary>The coordinators of one broker, and the timers that they share.</summary>
internal sealed class BrokerCoordinators : IAsyncDisposable
{
    public BrokerCoordinators(BrokerStorage storage, TimeProvider time, ILoggerFactory loggers)
    {
        var clock = new BrokerClock(time);
        Timers = new TimerQueue(clock);
        TopicsImage Topics() => storage.Metadata.Image.Topics;
        InternalTopicLogs LogsOf(string topic) =>
            new(topic, Topics, storage.Partitions, () => storage.Topics.EnsureInternalTopicAsync(topic));
        ShardEnvironment Environment(ILogger logger, RecordReader readRecord) =>
            new() { Clock = clock, Timers = Timers, Logger = logger, ReadRecord = readRecord };
        MetadataChanged Metadata()
        {
            var image = storage.Metadata.Image;
            return new MetadataChanged(image, storage.LiveConfig.Of(image).Groups);
        }
        ShareStateSurroundings Surroundings()
        {
            var image = storage.Metadata.Image;
            return new ShareStateSurroundings(image.Topics, storage.LiveConfig.Of(image).ShareState);
        }
        ShareState = new ShareStateHost(
            LogsOf(TopicNames.ShareGroupState), Surroundings, Environment(loggers.CreateLogger<ShareStateHost>(), ShareStateRecords.Read));
        storage.Metadata.ImageChanged += ShareState.MetadataChanged;
        Sharing = new BrokerSharing(storage, ShareState, clock, Timers, loggers.CreateLogger<BrokerSharing>());
        var groupLogger = loggers.CreateLogger<GroupHost>();
        var effects = new GroupEffects(
            new StreamsTopics(storage.Topics.CreateAsync, time, groupLogger), new ShareGroupStates(Sharing.Partitions.ReplaceAsync, time, groupLogger), groupLogger);
        Groups = new GroupHost(LogsOf(TopicNames.ConsumerOffsets), Metadata, effects.CarryOut, Environment(groupLogger, GroupRecords.Read));
        storage.Metadata.ImageChanged += Groups.MetadataChanged;
        Markers = new TransactionMarkers(storage.Partitions, Groups, time);
        TransactionSettings Settings()
        {
            var image = storage.Metadata.Image;
            return storage.LiveConfig.Of(image).Transactions.Coordinator with { TransactionVersion = image.Features.GetValueOrDefault(Features.TransactionVersion) };
        }
        var transactionLogger = loggers.CreateLogger<TransactionHost>();
        Transactions = new TransactionHost(
            Settings, LogsOf(TopicNames.TransactionState), storage.ProducerIds, Markers,
            Environment(transactionLogger, new TransactionRecordReader(transactionLogger).Read));
        storage.Metadata.TopicDeleted += Groups.TopicDeleted;
    }

    /// <summary>The timers of all shards.</summary>
    public TimerQueue Timers { get; }

    public GroupHost Groups { get; }

    public TransactionHost Transactions { get; }

    /// <summary>What keeps the state of share partitions.</summary>
    public ShareStateHost ShareState { get; }

    /// <summary>What share groups have of the partitions that this broker leads.</summary>
    public BrokerSharing Sharing { get; }

    /// <summary>What ends transactions in the logs of partitions.</summary>
    public TransactionMarkers Markers { get; }

    /// <summary>The groups first: transactions whose end was decided put their markers into the groups' logs too.</summary>
    public void Start()
    {
        ShareState.Start();
        Groups.Start();
        Transactions.Start();
    }

    /// <summary>What connections have asked for is already answered or given up. The timers go last: the shards use them to their end.</summary>
    public async ValueTask DisposeAsync()
    {
        Sharing.Dispose();
        try
        {
            await Transactions.StopAsync().ConfigureAwait(false);
            await Groups.StopAsync().ConfigureAwait(false);
            await ShareState.StopAsync().ConfigureAwait(false);
        }
        finally
        {
            Timers.Dispose();
        }
    }
}
