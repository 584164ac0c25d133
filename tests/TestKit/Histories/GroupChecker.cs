namespace Moldau.TestKit.Histories;

/// <summary>Finds in a history of classic groups what no coordinator may show their members.</summary>
public static class GroupChecker
{
    public static IReadOnlyList<Anomaly> Check(IReadOnlyList<HistoryEvent> events) => [.. Owners(events), .. Commits(events), .. Positions(events)];

    private static IEnumerable<Anomaly> Owners(IReadOnlyList<HistoryEvent> events)
    {
        var owners = new Dictionary<(string Group, int Generation, string Topic, int Partition), string>();
        foreach (var synced in events.OfType<Synced>())
        {
            foreach (var (topic, partition) in synced.Partitions)
            {
                var key = (synced.As.Group, synced.As.Generation, topic, partition);
                if (!owners.TryAdd(key, synced.As.Member) && owners[key] != synced.As.Member)
                    yield return new(AnomalyKind.OwnedTwice, $"{topic}-{partition} is {owners[key]}'s, and {synced.As.Member}'s, in generation {synced.As.Generation} of {synced.As.Group}");
            }
        }
    }

    /// <summary>A generation that some member has heard of is stored, and the ones before it are over.</summary>
    private static IEnumerable<Anomaly> Commits(IReadOnlyList<HistoryEvent> events)
    {
        var newest = new Dictionary<string, int>();
        var known = new HashSet<GroupMembership>();
        var left = new HashSet<(string Group, string Member)>();
        foreach (var happened in events)
        {
            switch (happened)
            {
                case Synced { As: var member }:
                    known.Add(member);
                    newest[member.Group] = Math.Max(member.Generation, newest.GetValueOrDefault(member.Group, int.MinValue));
                    break;
                case LeftGroup gone: left.Add((gone.Group, gone.Member)); break;
                case BrokerLost: left.Clear(); break; // Of a group with members only its generations are stored.
                case CommittedPosition { Outcome: SendOutcome.Acknowledged, As: var member } committed:
                    bool isOfGroup = known.Contains(member) && member.Generation == newest[member.Group] && !left.Contains((member.Group, member.Member));
                    if (!isOfGroup) yield return new(AnomalyKind.FencedCommit, $"{committed}");
                    break;
            }
        }
    }

    private static IEnumerable<Anomaly> Positions(IReadOnlyList<HistoryEvent> events)
    {
        var reached = new Dictionary<(string Group, string Topic, int Partition), long>();
        foreach (var happened in events)
        {
            var (group, position) = happened switch
            {
                FoundPosition found => (found.Group, found.Position),
                CommittedPosition { Outcome: SendOutcome.Acknowledged } committed => (committed.As.Group, committed.Position),
                _ => ("", default),
            };
            if (group.Length == 0) continue;
            var key = (group, position.Topic, position.Partition);
            long before = reached.GetValueOrDefault(key);
            if (happened is FoundPosition && position.Offset < before) yield return new(AnomalyKind.LostCommit, $"{happened}, which was {before}");
            reached[key] = Math.Max(before, position.Offset);
        }
    }
}
