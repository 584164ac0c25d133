using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Hosting;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Sharing;

/// <summary>What a broker has of share groups as the leader of partitions: sessions, and what was handed out.</summary>
internal sealed class BrokerSharing : IDisposable
{
    private const short DeadLetterVersion = 2;

    private readonly BrokerStorage _storage;
    private readonly CancellationTokenSource _stop = new();

    public BrokerSharing(BrokerStorage storage, ShareStateHost state, BrokerClock clock, TimerQueue timers, ILogger logger)
    {
        _storage = storage;
        Partitions = new SharePartitions(new SharePartitionEnvironment
        {
            State = state,
            Clock = clock,
            Timers = timers,
            ConfigOf = ConfigOf,
            DeadLetters = new DeadLetterQueues(storage, ConfigOf, clock.Time, logger, _stop.Token),
            Logger = logger,
            Stop = _stop.Token,
        });
        Sessions = new ShareSessions(() => new ShareSessionLimits { SessionsMax = Config.SessionsMax }, Partitions, clock.Time, _stop.Token);
        storage.Metadata.TopicDeleted += Partitions.TopicDeleted;
    }

    public SharePartitions Partitions { get; }

    public ShareSessions Sessions { get; }

    /// <summary>What waits to try again does so no more.</summary>
    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    /// <summary>Whether the cluster has share groups at all: the level of its feature <c>share.version</c>.</summary>
    public bool IsServed => Version > 0;

    private short Version => _storage.Metadata.Image.Features.GetValueOrDefault(Features.ShareVersion);

    private ShareDeliveryConfig Config => _storage.LiveConfig.Of(_storage.Metadata.Image).ShareDelivery;

    /// <summary>What holds for the group now. Dead letters are of a level of their own.</summary>
    public GroupDeliveryConfig ConfigOf(string groupId)
    {
        var config = Config.Of(groupId, _storage.Metadata.Image);
        return Version >= DeadLetterVersion || config.DeadLetterTopic is null ? config : config.WithoutDeadLetters();
    }
}
