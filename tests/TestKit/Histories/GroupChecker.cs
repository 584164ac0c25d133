namespace Moldau.TestKit.Histories;

/// <summary>Finds in a history of groups what no coordinator may show their members, whichever protocol these speak.</summary>
public static class GroupChecker
{
    public static IReadOnlyList<Anomaly> Check(IReadOnlyList<HistoryEvent> events) =>
        [.. GroupEpochs.Check(events), .. GroupOwners.Check(events), .. GroupFencing.Check(events), .. Positions(events)];

    private static IEnumerable<Anomaly> Positions(IReadOnlyList<HistoryEvent> events)
    {
        var reached = new Dictionary<(string Group, string Topic, int Partition), long>();
        var pending = new Dictionary<string, CommittedPosition>();
        foreach (var happened in events)
        {
            if (happened is CommittedPosition { Transaction: { } transaction } inTransaction)
            {
                pending[transaction] = inTransaction;
                continue;
            }
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
            if (happened is FoundPosition && position.Offset < before) yield return new(AnomalyKind.LostCommit, $"{happened}, which was {before}");
            reached[key] = Math.Max(before, position.Offset);
        }
    }
}
