namespace Moldau.TestKit.Histories;

/// <summary>
/// How the generations or epochs of groups follow each other: whoever comes into a group gets its newest, and whoever is told to join again a
/// newer one. Only a group that was empty and became one of another protocol begins from the start.
/// </summary>
internal sealed class GroupEpochs
{
    private readonly Dictionary<string, (bool HasClassic, bool HasOthers)> _protocols = [];

    public GroupEpochs(IReadOnlyList<HistoryEvent> events)
    {
        foreach (var owns in events.OfType<Owns>())
        {
            var (hasClassic, hasOthers) = _protocols.GetValueOrDefault(owns.As.Group);
            _protocols[owns.As.Group] = (hasClassic || owns.As.SpeaksClassic, hasOthers || !owns.As.SpeaksClassic);
        }
    }

    /// <summary>All of its members speak the classic protocol.</summary>
    public bool IsClassic(string group) => _protocols.GetValueOrDefault(group) is { HasOthers: false };

    public bool IsMixed(string group) => _protocols.GetValueOrDefault(group) is { HasClassic: true, HasOthers: true };

    public static IEnumerable<Anomaly> Check(IReadOnlyList<HistoryEvent> events) => [.. GoneBack(events), .. JoinedInVain(events)];

    private static IEnumerable<Anomaly> GoneBack(IReadOnlyList<HistoryEvent> events)
    {
        var epochs = new GroupEpochs(events);
        var newest = new Dictionary<string, int>();
        var known = new Dictionary<(string Group, string Member), int>();
        // In a classic group the answer may be waited for until there is a newer one.
        foreach (var owns in events.OfType<Owns>().Where(owns => !epochs.IsMixed(owns.As.Group) && !owns.As.SpeaksClassic))
        {
            var member = (owns.As.Group, owns.As.Member);
            int epoch = owns.As.Generation;
            // A member that has not heard of the newest yet may still come with its own.
            bool isBack = epoch < newest.GetValueOrDefault(owns.As.Group, int.MinValue) && (!known.TryGetValue(member, out int own) || epoch < own);
            if (isBack) yield return new(AnomalyKind.EpochWentBack, $"{owns.As} came after a newer one");
            newest[owns.As.Group] = Math.Max(epoch, newest.GetValueOrDefault(owns.As.Group, int.MinValue));
            known[member] = epoch;
        }
    }

    /// <summary>A generation that was not stored yet comes again after the broker's end.</summary>
    private static IEnumerable<Anomaly> JoinedInVain(IReadOnlyList<HistoryEvent> events)
    {
        var sentBack = new HashSet<GroupMembership>();
        foreach (var happened in events)
        {
            if (happened is BrokerLost) sentBack.Clear();
            if (happened is SentBack back && !sentBack.Add(back.As)) yield return new(AnomalyKind.JoinedInVain, $"{back.As} was told to join again, and again");
        }
    }
}
