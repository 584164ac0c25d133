namespace Moldau.TestKit.Histories;

/// <summary>Finds in a history of groups what no coordinator may show their members, whichever protocol these speak.</summary>
public static class GroupChecker
{
    private const int EventsTold = 30;

    public static IReadOnlyList<Anomaly> Check(IReadOnlyList<HistoryEvent> events) =>
        [.. GroupEpochs.Check(events), .. GroupOwners.Check(events), .. GroupFencing.Check(events), .. GroupTopics.Check(events), .. Positions(events), .. Foreign(events)];

    /// <summary>
    /// What was committed last is where the group is, or what somebody committed since then who got no answer. Whether it may go back is a
    /// question of who committed it.
    /// </summary>
    private static IEnumerable<Anomaly> Positions(IReadOnlyList<HistoryEvent> events)
    {
        var reached = new Dictionary<(string Group, string Topic, int Partition), long>();
        var unanswered = new HashSet<(string Group, LogPosition Position)>();
        var pending = new Dictionary<string, CommittedPosition>();
        foreach (var happened in events)
        {
            if (happened is CommittedPosition { Transaction: { } transaction } inTransaction)
            {
                pending[transaction] = inTransaction;
                continue;
            }
            if (happened is CommittedPosition { Outcome: SendOutcome.Unknown } perhaps) unanswered.Add((perhaps.As.Group, perhaps.Position));
            var (group, position) = happened switch
            {
                FoundPosition found => (found.Group, found.Position),
                CommittedPosition { Outcome: SendOutcome.Acknowledged } committed => (committed.As.Group, committed.Position),
                Ended { IsCommit: true } ended when pending.TryGetValue(ended.Transaction, out var ofTransaction) => (ofTransaction.As.Group, ofTransaction.Position),
                _ => ("", default),
            };
            if (group.Length == 0) continue;
            var key = (group, position.Topic, position.Partition);
            long before = reached.GetValueOrDefault(key);
            if (happened is FoundPosition && position.Offset < before && !unanswered.Contains((group, position)))
                yield return new(AnomalyKind.LostCommit, $"{happened}, which was {before}, after {Before(happened, position, events)}");
            reached[key] = position.Offset;
            unanswered.RemoveWhere(other => (other.Group, other.Position.Topic, other.Position.Partition) == key);
        }
    }

    /// <summary>Whether it was committed for certain, and counts, is another question: somebody must have said it, in this topic.</summary>
    private static IEnumerable<Anomaly> Foreign(IReadOnlyList<HistoryEvent> events)
    {
        var said = new HashSet<(string Group, LogPosition Position)>();
        foreach (var happened in events)
        {
            if (happened is CommittedPosition committed) said.Add((committed.As.Group, committed.Position));
            if (happened is FoundPosition { Position.Offset: > 0 } found && !said.Contains((found.Group, found.Position)))
                yield return new(AnomalyKind.ForeignPosition, $"{found} was committed by nobody");
        }
    }

    /// <summary>What became of the position until then, the last of it.</summary>
    private static string Before(HistoryEvent found, LogPosition at, IReadOnlyList<HistoryEvent> events)
    {
        bool IsOfIt(HistoryEvent happened) => happened switch
        {
            CommittedPosition committed => committed.Position.Topic == at.Topic && committed.Position.Partition == at.Partition,
            FoundPosition earlier => earlier.Position.Topic == at.Topic && earlier.Position.Partition == at.Partition,
            Owns owns => owns.Partitions.Contains((at.Topic, at.Partition)),
            LeftGroup or BrokerLost => true,
            _ => false,
        };
        return string.Join("; ", events.TakeWhile(happened => !ReferenceEquals(happened, found)).Where(IsOfIt).TakeLast(EventsTold));
    }
}
