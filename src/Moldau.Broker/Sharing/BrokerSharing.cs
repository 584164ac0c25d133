using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Hosting;
using Moldau.Broker.Topics;

namespace Moldau.Broker.Sharing;

/// <summary>What a broker has of share groups as the leader of partitions: sessions, and what was handed out.</summary>
internal sealed class BrokerSharing
{
    private readonly BrokerStorage _storage;

    public BrokerSharing(BrokerStorage storage, ShareStateHost state, BrokerClock clock, TimerQueue timers, ILogger logger)
    {
        _storage = storage;
        Partitions = new SharePartitions(new SharePartitionEnvironment
        {
            State = state,
            Clock = clock,
            Timers = timers,
            ConfigOf = ConfigOf,
            DeadLetters = new DeadLetterQueues(storage, ConfigOf, clock.Time, logger),
            Logger = logger,
        });
        Sessions = new ShareSessions(() => new ShareSessionLimits { SessionsMax = Config.SessionsMax }, Partitions);
        storage.Metadata.TopicDeleted += Partitions.TopicDeleted;
    }

    public SharePartitions Partitions { get; }

    public ShareSessions Sessions { get; }

    private ShareDeliveryConfig Config => _storage.LiveConfig.Of(_storage.Metadata.Image).ShareDelivery;

    /// <summary>What holds for the group now.</summary>
    public GroupDeliveryConfig ConfigOf(string groupId) => Config.Of(groupId, _storage.Metadata.Image);
}
