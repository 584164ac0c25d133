namespace Moldau.TestKit.Histories;

/// <summary>What a group has of a topic that is gone: no position is taken for it, or told, and after a while nobody is told to read it.</summary>
internal sealed class GroupTopics
{
    /// <summary>In which a coordinator hears of it, and its members of what follows from that.</summary>
    private const long NoticeMs = 60_000;

    private readonly Dictionary<string, DeletedTopic> _gone = [];

    public static IEnumerable<Anomaly> Check(IReadOnlyList<HistoryEvent> events)
    {
        var topics = new GroupTopics();
        return events.SelectMany(topics.Follow);
    }

    private IEnumerable<Anomaly> Follow(HistoryEvent happened)
    {
        switch (happened)
        {
            case DeletedTopic { Outcome: SendOutcome.Acknowledged } deleted: _gone.TryAdd(deleted.Topic, deleted); break;
            case CommittedPosition { Outcome: SendOutcome.Acknowledged } committed when _gone.ContainsKey(committed.Position.Topic):
                yield return new(AnomalyKind.OfGoneTopic, $"{committed} was taken, after {_gone[committed.Position.Topic]}");
                break;
            case FoundPosition found when _gone.ContainsKey(found.Position.Topic):
                yield return new(AnomalyKind.OfGoneTopic, $"{found}, after {_gone[found.Position.Topic]}");
                break;
            case Owns { IsComplete: true } owns:
                foreach (var (topic, partition) in owns.Partitions.Where(owned => _gone.TryGetValue(owned.Topic, out var gone) && owns.AtMs > gone.AtMs + NoticeMs))
                    yield return new(AnomalyKind.OfGoneTopic, $"{topic}-{partition} is {owns.As}'s at {owns.AtMs}, after {_gone[topic]}");
                break;
        }
    }
}
