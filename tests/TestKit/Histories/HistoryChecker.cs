namespace Moldau.TestKit.Histories;

/// <summary>Finds in a history of produce, consume and transaction runs what no log may show its clients.</summary>
public static class HistoryChecker
{
    public static IReadOnlyList<Anomaly> Check(IReadOnlyList<HistoryEvent> events)
    {
        var index = new HistoryIndex(events);
        return
        [
            .. Positions(events),
            .. Losses(index),
            .. Reads(index),
            .. PollOrder.Check(index),
            .. SendOrder(events),
            .. TransactionCycles.Check(index),
        ];
    }

    private static IEnumerable<Anomaly> Positions(IReadOnlyList<HistoryEvent> events)
    {
        var known = new HashSet<SeenRecord>(events.OfType<Polled>().SelectMany(poll => poll.Records));
        foreach (var sent in events.OfType<Sent>())
        {
            if (sent is { Outcome: SendOutcome.Acknowledged, Offset: { } offset }) known.Add(new(new(sent.Topic, sent.Partition, offset), sent.Value));
        }
        foreach (var place in known.GroupBy(record => record.At).Where(place => place.Count() > 1))
            yield return new(AnomalyKind.InconsistentOffsets, $"{place.Key} has {string.Join(" and ", place.Select(record => record.Value))}");
        foreach (var value in known.GroupBy(record => (record.At.Topic, record.Value)).Where(value => value.Count() > 1))
            yield return new(AnomalyKind.Duplicate, $"{value.Key} is at {string.Join(" and ", value.Select(record => record.At))}");
    }

    private static IEnumerable<Anomaly> Losses(HistoryIndex index)
    {
        var read = index.Events.OfType<Polled>().SelectMany(poll => poll.Records).Select(record => record.At).ToHashSet();
        var ends = read.GroupBy(at => (at.Topic, at.Partition)).ToDictionary(places => places.Key, places => places.Max(at => at.Offset));
        foreach (var sent in index.Events.OfType<Sent>())
        {
            if (sent is not { Outcome: SendOutcome.Acknowledged, Offset: { } offset } || !index.IsCommitted(sent.Transaction) || index.IsGone(sent.Topic)) continue;
            if (read.Contains(new(sent.Topic, sent.Partition, offset))) continue;
            bool isPassed = ends.TryGetValue((sent.Topic, sent.Partition), out long end) && end > offset;
            yield return new(isPassed ? AnomalyKind.LostWrite : AnomalyKind.Unseen, $"{sent}");
        }
    }

    private static IEnumerable<Anomaly> Reads(HistoryIndex index)
    {
        for (int at = 0; at < index.Events.Count; at++)
        {
            if (index.Events[at] is not Polled poll) continue;
            foreach (var record in poll.Records)
            {
                if (index.SendOf(record) is not { } sent) continue;
                if (sent.Outcome == SendOutcome.Refused) yield return new(AnomalyKind.AbortedRead, $"{record} was refused, and process {poll.Process} reads it");
                if (!poll.IsReadCommitted || sent.Transaction is not { } transaction) continue;
                if (index.IsAborted(transaction))
                    yield return new(AnomalyKind.AbortedRead, $"{record} is of {transaction}, which was aborted, and process {poll.Process} reads it");
                else if (index.CommitAskedAt(transaction) > at)
                    yield return new(AnomalyKind.ReadBeforeCommit, $"{record} is of {transaction}, which was open, and process {poll.Process} reads it");
            }
        }
    }

    private static IEnumerable<Anomaly> SendOrder(IReadOnlyList<HistoryEvent> events)
    {
        var last = new Dictionary<(int Process, string Topic, int Partition), Sent>();
        foreach (var sent in events.OfType<Sent>().Where(sent => sent is { Outcome: SendOutcome.Acknowledged, Offset: not null }))
        {
            var key = (sent.Process, sent.Topic, sent.Partition);
            if (last.TryGetValue(key, out var earlier) && earlier.Offset >= sent.Offset)
                yield return new(AnomalyKind.NonMonotonicSend, $"{sent} came after {earlier}");
            last[key] = sent;
        }
    }
}
