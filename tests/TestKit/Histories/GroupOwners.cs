namespace Moldau.TestKit.Histories;

/// <summary>
/// A partition has one owner in a generation or epoch, and one at a time: in whichever protocol, another gets it only when the former one has
/// given it up, or has not been heard of for so long that it must know by its own clock. So it has one in all that the coordinator tells at once.
/// </summary>
internal static class GroupOwners
{
    public static IEnumerable<Anomaly> Check(IReadOnlyList<HistoryEvent> events)
    {
        IReadOnlyList<HistoryEvent> lasting = [.. WithoutGone(events)];
        return [.. InGenerations(lasting), .. InTime(lasting), .. InDescriptions(events)];
    }

    /// <summary>From when on a topic is about to be deleted nobody knows whether one of its partitions, by its name, is still of this topic.</summary>
    private static IEnumerable<HistoryEvent> WithoutGone(IReadOnlyList<HistoryEvent> events)
    {
        var gone = new HashSet<string>();
        foreach (var happened in events)
        {
            if (happened is DeletedTopic deleted) gone.Add(deleted.Topic);
            yield return happened is Owns owns && owns.Partitions.Any(owned => gone.Contains(owned.Topic))
                ? owns with { Partitions = [.. owns.Partitions.Where(owned => !gone.Contains(owned.Topic))] }
                : happened;
        }
    }

    private static IEnumerable<Anomaly> InGenerations(IReadOnlyList<HistoryEvent> events)
    {
        var epochs = new GroupEpochs(events);
        var owners = new Dictionary<(string Group, int Generation, string Topic, int Partition), GroupMembership>();
        foreach (var owns in events.OfType<Owns>().Where(owns => !epochs.IsMixed(owns.As.Group)))
        {
            foreach (var (topic, partition) in owns.Partitions)
            {
                var key = (owns.As.Group, owns.As.Generation, topic, partition);
                // A static member that comes back under another id goes on with what it had.
                if (!owners.TryAdd(key, owns.As) && owners[key].Member != owns.As.Member && !IsSameInstance(owners[key], owns.As))
                    yield return new(AnomalyKind.OwnedTwice, $"{topic}-{partition} is {owners[key].Member}'s, and {owns.As.Member}'s, in generation {owns.As.Generation}");
            }
        }
    }

    private static IEnumerable<Anomaly> InTime(IReadOnlyList<HistoryEvent> events)
    {
        var epochs = new GroupEpochs(events);
        var held = new Dictionary<(string Group, string Member), Owns>();
        foreach (var owns in events.OfType<Owns>())
        {
            held[(owns.As.Group, owns.As.Member)] = owns;
            if (owns.UntilMs <= owns.AtMs) continue;
            foreach (var other in held.Values.Where(other => other.As.Group == owns.As.Group && other.UntilMs > owns.AtMs && !MayBeTakenFrom(other.As, owns.As)))
            {
                if (other.As.Generation == owns.As.Generation && !IsSameInstance(other.As, owns.As) && !epochs.IsMixed(owns.As.Group)) continue; // Found already.
                foreach (var (topic, partition) in other.Partitions.Intersect(owns.Partitions))
                    yield return new(AnomalyKind.OwnedTwice, $"{topic}-{partition} is {owns.As}'s at {owns.AtMs}, and {other.As}'s until {other.UntilMs}");
            }
        }
    }

    private static IEnumerable<Anomaly> InDescriptions(IReadOnlyList<HistoryEvent> events) =>
        from described in events.OfType<Described>()
        from owners in described.Partitions.GroupBy(owned => (owned.Topic, owned.Partition), owned => owned.Member)
        where owners.Distinct().Count() > 1
        select new Anomaly(AnomalyKind.OwnedTwice, $"{owners.Key} is told to be {string.Join(" and ", owners)}'s in {described.Group}");

    private static bool IsSameInstance(GroupMembership one, GroupMembership other) => one.Instance is not null && one.Instance == other.Instance;

    /// <summary>
    /// A static member of the classic protocol loses its place to any process that comes with its instance id, and learns of that later: in time
    /// nothing is sure.
    /// </summary>
    private static bool MayBeTakenFrom(GroupMembership one, GroupMembership other) =>
        one.Member == other.Member || one is { SpeaksClassic: true, Instance: not null } || other is { SpeaksClassic: true, Instance: not null };
}
