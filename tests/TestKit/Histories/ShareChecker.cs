namespace Moldau.TestKit.Histories;

/// <summary>Finds in a history of one share group what no broker may show its members.</summary>
public static class ShareChecker
{
    public static IReadOnlyList<Anomaly> Check(IReadOnlyList<HistoryEvent> events, int deliveryLimit) =>
        [.. new ShareLocks().Check(events), .. Deliveries(events), .. Values(events), .. Skips(events, deliveryLimit)];

    private static IEnumerable<Anomaly> Deliveries(IReadOnlyList<HistoryEvent> events)
    {
        var done = new Dictionary<LogPosition, Judged>();
        foreach (var happened in events)
        {
            if (happened is Judged { Outcome: SendOutcome.Acknowledged } judged)
            {
                foreach (var record in judged.Records.Where(record => record.IsDone)) done.TryAdd(record.At, judged);
            }
            if (happened is not Acquired acquired) continue;
            foreach (var record in acquired.Records.Where(record => done.ContainsKey(record.At)))
                yield return new(AnomalyKind.DeliveredAgain, $"{record} to {acquired.Member} at {acquired.AtMs}, after {done[record.At].Member} was done with it at {done[record.At].AtMs}");
        }
    }

    private static IEnumerable<Anomaly> Values(IReadOnlyList<HistoryEvent> events)
    {
        var sent = new Dictionary<LogPosition, string>();
        foreach (var send in events.OfType<Sent>())
        {
            if (send.Offset is { } offset) sent[new(send.Topic, send.Partition, offset)] = send.Value;
        }
        foreach (var record in events.OfType<Acquired>().SelectMany(acquired => acquired.Records))
        {
            if (sent.TryGetValue(record.At, out string? value) && value != record.Value)
                yield return new(AnomalyKind.InconsistentOffsets, $"{record.At} has {value}, and was delivered as {record.Value}");
        }
    }

    /// <summary>In the end, each record is accepted, rejected, or was delivered as often as it may be, heard or unheard.</summary>
    private static IEnumerable<Anomaly> Skips(IReadOnlyList<HistoryEvent> events, int deliveryLimit)
    {
        var judged = events.OfType<Judged>().Where(judged => judged.Outcome != SendOutcome.Refused)
            .SelectMany(judged => judged.Records).Where(record => record.IsDone).Select(record => record.At).ToHashSet();
        var heard = events.OfType<Acquired>().SelectMany(acquired => acquired.Records);
        var unheard = events.OfType<AcquiredUnheard>().SelectMany(acquired => acquired.Records);
        var deliveries = heard.Concat(unheard).CountBy(record => record.At).ToDictionary();
        var gone = events.OfType<DeletedTopic>().Select(deleted => deleted.Topic).ToHashSet();
        foreach (var sent in events.OfType<Sent>().Where(sent => !gone.Contains(sent.Topic)))
        {
            if (sent is not { Outcome: SendOutcome.Acknowledged, Offset: { } offset }) continue;
            var at = new LogPosition(sent.Topic, sent.Partition, offset);
            int delivered = deliveries.GetValueOrDefault(at);
            if (!judged.Contains(at) && delivered < deliveryLimit)
                yield return new(AnomalyKind.Skipped, $"{sent}, delivered {delivered} times");
        }
    }
}
