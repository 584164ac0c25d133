using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Topics;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Hosting;

/// <summary>The coordinators of one broker, and the timers that they share.</summary>
internal sealed class BrokerCoordinators : IDisposable
{
    private readonly TimerQueue _timers;

    public BrokerCoordinators(BrokerConfig config, BrokerStorage storage, TimeProvider time, ILoggerFactory loggers)
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
        Task CreateTopic() => storage.Topics.EnsureInternalTopicAsync(TopicNames.ConsumerOffsets);
        var logs = new InternalTopicLogs(TopicNames.ConsumerOffsets, Topics, storage.Partitions, CreateTopic);
        Groups = new GroupHost(SettingsFrom(config.Groups), logs, Topics, environment);
        storage.Metadata.TopicDeleted += topic => Groups.TopicDeleted(topic.Name);
        Groups.Start();
    }

    public GroupHost Groups { get; }

    /// <summary>No timer fires from now on; what connections have asked for is already answered or given up.</summary>
    public void Dispose() => _timers.Dispose();

    private static GroupSettings SettingsFrom(GroupConfig config) => new()
    {
        SessionTimeoutMsMin = config.SessionTimeoutMinMs,
        SessionTimeoutMsMax = config.SessionTimeoutMaxMs,
        InitialRebalanceDelayMs = config.InitialRebalanceDelayMs,
        MembersMax = config.SizeMax,
        OffsetMetadataMax = config.OffsetMetadataBytesMax,
    };
}
