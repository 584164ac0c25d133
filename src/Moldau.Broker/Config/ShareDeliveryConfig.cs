using System.Collections.Immutable;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.SharePartitions;
using Moldau.Log;

namespace Moldau.Broker.Config;

/// <summary>What the delivery of records to share groups goes by, and the bounds within which a group may have it otherwise.</summary>
internal sealed record ShareDeliveryConfig
{
    public required SettingSpan RecordLocksMax { get; init; }

    public required SettingSpan DeliveryCountLimit { get; init; }

    public required SettingSpan LockDurationMs { get; init; }

    /// <summary><c>group.share.max.share.sessions</c></summary>
    public required int SessionsMax { get; init; }

    /// <summary><c>errors.deadletterqueue.topic.name.prefix</c>: what the name of every dead-letter queue begins with.</summary>
    public required string DeadLetterPrefix { get; init; }

    /// <summary><c>errors.deadletterqueue.auto.create.topics.enable</c></summary>
    public required bool CreatesDeadLetterTopics { get; init; }

    /// <summary>Of a group without settings of its own.</summary>
    private GroupDeliveryConfig OfMost => field ??= With(ConfigResource.NoSettings);

    public static ShareDeliveryConfig Read(ConfigLayers layers) => new()
    {
        RecordLocksMax = GroupSpan.Read(layers, "share.partition.max.record.locks"),
        DeliveryCountLimit = GroupSpan.Read(layers, "share.delivery.count.limit"),
        LockDurationMs = GroupSpan.Read(layers, "share.record.lock.duration.ms"),
        SessionsMax = layers.Int("group.share.max.share.sessions"),
        DeadLetterPrefix = layers.Text("errors.deadletterqueue.topic.name.prefix") ?? "",
        CreatesDeadLetterTopics = layers.Bool("errors.deadletterqueue.auto.create.topics.enable"),
    };

    /// <summary>With what was set for the group itself.</summary>
    public GroupDeliveryConfig Of(string groupId, ClusterImage image)
    {
        var own = image.ConfigOf(new ConfigResource(ConfigResourceType.Group, groupId));
        return own.IsEmpty ? OfMost : With(own);
    }

    private GroupDeliveryConfig With(ImmutableSortedDictionary<string, string> own)
    {
        string? deadLetterTopic = Own("errors.deadletterqueue.topic.name") is { Length: > 0 } name ? name : null;
        return new()
        {
            Delivery = new()
            {
                RecordLocksMax = RecordLocksMax.Or(Own("share.partition.max.record.locks")).Value,
                DeliveryCountLimit = DeliveryCountLimit.Or(Own("share.delivery.count.limit")).Value,
                LockDurationMs = LockDurationMs.Or(Own("share.record.lock.duration.ms")).Value,
                MayRenew = Own("share.renew.acknowledge.enable") != "false",
                HasDeadLetters = deadLetterTopic is not null,
            },
            OffsetReset = Own("share.auto.offset.reset") ?? GroupDeliveryConfig.Latest,
            Bound = Own("share.isolation.level") == "read_committed" ? ReadBound.LastStableOffset : ReadBound.HighWatermark,
            DeadLetterTopic = deadLetterTopic,
            CopiesDeadRecords = Own("errors.deadletterqueue.copy.record.enable") == "true",
        };

        // Values are as they were given. One that does not fit its key, written by another version, is passed over.
        string? Own(string name)
        {
            if (!own.TryGetValue(name, out string? text)) return null;
            return ConfigValue.TryParse(ConfigKeys.Find(ConfigScope.Group, name)!, text, out var value, out _) ? value.Text : null;
        }
    }
}

/// <summary>What holds for one share group; the names of the settings in Kafka's configuration stand beside them.</summary>
internal sealed record GroupDeliveryConfig
{
    public const string Latest = "latest", Earliest = "earliest";

    private const string DurationPrefix = "by_duration:";

    public ShareDeliverySettings Delivery { get; init; } = new();

    /// <summary><c>share.auto.offset.reset</c>: where a group begins that has read nothing yet.</summary>
    public string OffsetReset { get; init; } = Latest;

    /// <summary><c>share.isolation.level</c></summary>
    public ReadBound Bound { get; init; }

    /// <summary><c>errors.deadletterqueue.topic.name</c>; null where what is given up is only archived.</summary>
    public string? DeadLetterTopic { get; init; }

    /// <summary><c>errors.deadletterqueue.copy.record.enable</c>: whether a dead letter has the record's key, value and headers.</summary>
    public bool CopiesDeadRecords { get; init; }

    public GroupDeliveryConfig WithoutDeadLetters() => this with { DeadLetterTopic = null, Delivery = Delivery with { HasDeadLetters = false } };

    /// <summary>How far back a group begins that begins by time; null for one that begins at an end of the log.</summary>
    public TimeSpan? BeginsBefore => OffsetReset.StartsWith(DurationPrefix, StringComparison.Ordinal)
        ? System.Xml.XmlConvert.ToTimeSpan(OffsetReset[DurationPrefix.Length..])
        : null;
}
