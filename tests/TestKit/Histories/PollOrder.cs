namespace Moldau.TestKit.Histories;

/// <summary>Between two assignments a process sees the records of a partition in their order, and all of them.</summary>
internal static class PollOrder
{
    public static IEnumerable<Anomaly> Check(HistoryIndex index)
    {
        var last = new Dictionary<(int Process, string Topic, int Partition), LogPosition>();
        foreach (var happened in index.Events)
        {
            if (happened is Assigned)
            {
                foreach (var key in last.Keys.Where(key => key.Process == happened.Process).ToList()) last.Remove(key);
            }
            if (happened is not Polled poll) continue;
            foreach (var record in poll.Records)
            {
                var key = (poll.Process, record.At.Topic, record.At.Partition);
                if (last.TryGetValue(key, out var before) && Judge(index, poll, before, record.At) is { } anomaly) yield return anomaly;
                last[key] = record.At;
            }
        }
    }

    private static Anomaly? Judge(HistoryIndex index, Polled poll, LogPosition before, LogPosition next)
    {
        if (next.Offset <= before.Offset) return new(AnomalyKind.NonMonotonicPoll, $"process {poll.Process} reads {next} after {before}");
        return index.FirstBetween(before, next, poll.IsReadCommitted) is { } skipped
            ? new(AnomalyKind.PollSkip, $"process {poll.Process} reads {next} after {before}, and offset {skipped} has a record")
            : null;
    }
}
