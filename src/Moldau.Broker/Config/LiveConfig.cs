using System.Collections.Immutable;
using System.Globalization;
using Moldau.Coordination.Metadata;

namespace Moldau.Broker.Config;

/// <summary>The broker's configuration under the dynamic settings of a metadata image; made anew only when those have changed.</summary>
internal sealed class LiveConfig
{
    private readonly ConfigResource _thisBroker;

    // Replaced as a whole: readers on other threads see either the former or the newer one.
    private volatile Entry _latest;

    public LiveConfig(BrokerConfig started)
    {
        _thisBroker = new(ConfigResourceType.Broker, started.NodeId.ToString(CultureInfo.InvariantCulture));
        _latest = new(started, ConfigResource.NoSettings, ConfigResource.NoSettings);
    }

    public BrokerConfig Of(ClusterImage image)
    {
        var (broker, allBrokers) = (image.ConfigOf(_thisBroker), image.ConfigOf(ConfigResource.AllBrokers));
        var latest = _latest;
        if (ReferenceEquals(broker, latest.Broker) && ReferenceEquals(allBrokers, latest.AllBrokers)) return latest.Config;
        _latest = latest = new(latest.Config.WithDynamic(broker, allBrokers), broker, allBrokers);
        return latest.Config;
    }

    /// <summary>Whether both images give the broker the same settings. Topics fall back on them.</summary>
    public bool IsUnchanged(ClusterImage before, ClusterImage after) =>
        ReferenceEquals(before.ConfigOf(_thisBroker), after.ConfigOf(_thisBroker))
        && ReferenceEquals(before.ConfigOf(ConfigResource.AllBrokers), after.ConfigOf(ConfigResource.AllBrokers));

    /// <summary>The settings in force for a topic.</summary>
    public TopicConfig OfTopic(ClusterImage image, string topic) => Of(image).TopicConfig(image.ConfigOf(ConfigResource.Topic(topic)));

    private sealed record Entry(
        BrokerConfig Config, ImmutableSortedDictionary<string, string> Broker, ImmutableSortedDictionary<string, string> AllBrokers);
}
