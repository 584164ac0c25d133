using Microsoft.Extensions.Logging;
using Moldau.Broker.Topics;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Hosting;

/// <summary>The coordinators of one broker, and the timers that they share.</summary>
internal sealed class BrokerCoordinators : IAsyncDisposable
{
    private readonly TimerQueue _timers;

    public BrokerCoordinators(BrokerStorage storage, TimeProvider time, ILoggerFactory loggers)
    {
        var clock = new BrokerClock(time);
        _timers = new TimerQueue(clock);
        var environment = new ShardEnvironment
        {
            Clock = clock,
            Timers = _timers,
            Logger = loggers.CreateLogger<GroupHost>(),
            ReadRecord = GroupRecords.Read,
        };
        TopicsImage Topics() => storage.Metadata.Image.Topics;
        MetadataChanged Metadata()
        {
            var image = storage.Metadata.Image;
            return new MetadataChanged(image, storage.LiveConfig.Of(image).Groups);
        }
        Task CreateTopic() => storage.Topics.EnsureInternalTopicAsync(TopicNames.ConsumerOffsets);
        var logs = new InternalTopicLogs(TopicNames.ConsumerOffsets, Topics, storage.Partitions, CreateTopic);
        Groups = new GroupHost(logs, Metadata, environment);
        storage.Metadata.ImageChanged += Groups.MetadataChanged;
        storage.Metadata.TopicDeleted += topic => Groups.TopicDeleted(topic.Name);
    }

    public GroupHost Groups { get; }

    public void Start() => Groups.Start();

    /// <summary>What connections have asked for is already answered or given up. The timers go last: the shards use them to their end.</summary>
    public async ValueTask DisposeAsync()
    {
        try { await Groups.StopAsync().ConfigureAwait(false); }
        finally { _timers.Dispose(); }
    }
}
