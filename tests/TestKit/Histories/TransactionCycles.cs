namespace Moldau.TestKit.Histories;

/// <summary>A committed transaction that reads what another has written comes after it. So no two can each come after the other.</summary>
internal static class TransactionCycles
{
    public static IEnumerable<Anomaly> Check(HistoryIndex index)
    {
        var readers = ReadersOf(index);
        var done = new HashSet<string>();
        foreach (string transaction in readers.Keys)
        {
            if (Find(transaction, readers, done, []) is { } cycle) yield return new(AnomalyKind.CyclicReads, string.Join(" is read by ", cycle));
        }
    }

    private static Dictionary<string, HashSet<string>> ReadersOf(HistoryIndex index)
    {
        var readers = new Dictionary<string, HashSet<string>>();
        foreach (var poll in index.Events.OfType<Polled>().Where(poll => poll is { IsReadCommitted: true, Transaction: not null }))
        {
            foreach (var record in poll.Records)
            {
                if (index.SendOf(record)?.Transaction is not { } writer || !index.IsCommitted(poll.Transaction)) continue;
                if (!readers.TryGetValue(writer, out var known)) readers.Add(writer, known = []);
                known.Add(poll.Transaction!);
            }
        }
        return readers;
    }

    private static List<string>? Find(string transaction, Dictionary<string, HashSet<string>> readers, HashSet<string> done, List<string> path)
    {
        if (path.Contains(transaction)) return [.. path.SkipWhile(earlier => earlier != transaction), transaction];
        if (!done.Add(transaction)) return null;
        path.Add(transaction);
        foreach (string reader in readers.GetValueOrDefault(transaction) ?? [])
        {
            if (Find(reader, readers, done, path) is { } cycle) return cycle;
        }
        path.RemoveAt(path.Count - 1);
        return null;
    }
}
