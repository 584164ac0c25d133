namespace Moldau.Broker.Handover;

/// <summary>What two views of the metadata do not agree in.</summary>
internal static class MetadataDifference
{
    /// <summary>The first difference; null where there is none.</summary>
    public static string? Between(MetadataView log, MetadataView snapshot) =>
        OfKeys("the topic", log.TopicIds.Keys, snapshot.TopicIds.Keys)
        ?? OfPartitions(log, snapshot)
        ?? OfKeys("the feature", log.Features.Select(feature => $"{feature.Key} at level {feature.Value}"), snapshot.Features.Select(feature => $"{feature.Key} at level {feature.Value}"))
        ?? OfKeys("the SCRAM user", log.ScramUsers.Select(user => user.Name), snapshot.ScramUsers.Select(user => user.Name))
        ?? OfKeys("the setting", Settings(log), Settings(snapshot));

    private static string? OfPartitions(MetadataView log, MetadataView snapshot)
    {
        foreach (var (id, topic) in log.Topics)
        {
            int? there = snapshot.Topics.GetValueOrDefault(id)?.Partitions.Count;
            if (there is null) return $"By the log the topic {topic.Name} has another id than by the snapshot.";
            if (there != topic.Partitions.Count) return $"By the log the topic {topic.Name} has {topic.Partitions.Count} partitions, by the snapshot {there}.";
        }
        return null;
    }

    private static string? OfKeys(string what, IEnumerable<string> log, IEnumerable<string> snapshot)
    {
        var (inLog, inSnapshot) = (log.ToHashSet(StringComparer.Ordinal), snapshot.ToHashSet(StringComparer.Ordinal));
        if (inLog.FirstOrDefault(key => !inSnapshot.Contains(key)) is { } missing) return $"The log has {what} {missing}, and the snapshot does not.";
        return inSnapshot.FirstOrDefault(key => !inLog.Contains(key)) is { } extra ? $"The snapshot has {what} {extra}, and the log does not." : null;
    }

    private static IEnumerable<string> Settings(MetadataView view) =>
        view.Configs.SelectMany(resource => resource.Value.Select(setting => $"{setting.Key}={setting.Value} of '{resource.Key.Resource}'"));
}
