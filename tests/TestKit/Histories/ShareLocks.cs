namespace Moldau.TestKit.Histories;

/// <summary>
/// Who has which record for certain: it was heard, the lock lasts, and its member has said nothing of it since. Then nobody else gets it, or may
/// say something of it.
/// </summary>
internal sealed class ShareLocks
{
    private readonly Dictionary<LogPosition, Acquired> _held = [];
    private readonly Dictionary<int, Dictionary<LogPosition, Acquired>> _judgedOfOthers = [];

    public IEnumerable<Anomaly> Check(IReadOnlyList<HistoryEvent> events) => events.SelectMany(Follow);

    private List<Anomaly> Follow(HistoryEvent happened)
    {
        switch (happened)
        {
            case Acquired acquired: return Acquire(acquired);
            case Judging judging: Judge(judging); break;
            case Judged { Outcome: SendOutcome.Acknowledged } judged: return Judge(judged);
            case EndedSession ended: Forget(held => held.Member == ended.Member); break;
            case BrokerLost: Forget(static _ => true); break;
        }
        return [];
    }

    private List<Anomaly> Acquire(Acquired acquired)
    {
        var anomalies = new List<Anomaly>();
        foreach (var record in acquired.Records)
        {
            if (_held.TryGetValue(record.At, out var held) && held.LockedUntilMs > acquired.AtMs)
                anomalies.Add(new(AnomalyKind.HeldTwice, $"{record} is {acquired.Member}'s at {acquired.AtMs}, and {held.Member}'s until {held.LockedUntilMs}"));
            _held[record.At] = acquired;
        }
        return anomalies;
    }

    private void Judge(Judging judging)
    {
        var others = _judgedOfOthers[judging.Process] = [];
        foreach (var record in judging.Records)
        {
            if (!_held.TryGetValue(record.At, out var held)) continue;
            if (held.Member == judging.Member) _held.Remove(record.At);
            else others.Add(record.At, held);
        }
    }

    private List<Anomaly> Judge(Judged judged)
    {
        var anomalies = new List<Anomaly>();
        foreach (var record in judged.Records)
        {
            bool isOfAnother = _judgedOfOthers[judged.Process].TryGetValue(record.At, out var held)
                && _held.GetValueOrDefault(record.At) == held && held.LockedUntilMs > judged.AtMs;
            if (isOfAnother) anomalies.Add(new(AnomalyKind.ForeignAcknowledgement, $"{record} by {judged.Member}, and it is {held!.Member}'s until {held.LockedUntilMs}"));
        }
        return anomalies;
    }

    private void Forget(Predicate<Acquired> isOver)
    {
        foreach (var (at, _) in _held.Where(held => isOver(held.Value)).ToList()) _held.Remove(at);
    }
}
