using Moldau.Coordination.Metadata;
using Topology = Moldau.Protocol.Messages.StreamsGroupTopologyValue;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>
/// How many partitions the topics of a topology have, or are to have: source topics as many as they have, repartition topics as many as they
/// ask for or as what is written to them comes from, and changelogs one for each task.
/// </summary>
internal sealed class PartitionCounts
{
    private readonly Topology _topology;
    private readonly TopicsImage _topics;
    private readonly Dictionary<string, int> _decided = new(StringComparer.Ordinal);
    private readonly HashSet<string> _open = new(StringComparer.Ordinal);

    /// <param name="topology">One that keeps the rules.</param>
    /// <param name="topics">All of its source topics are there.</param>
    public PartitionCounts(Topology topology, TopicsImage topics)
    {
        (_topology, _topics) = (topology, topics);
        foreach (var topic in topology.Subtopologies.SelectMany(subtopology => subtopology.RepartitionSourceTopics))
        {
            if (topic.Partitions == 0) _open.Add(topic.Name);
            else _decided[topic.Name] = topic.Partitions;
        }
        CountRepartitionTopics();
        Fault = FindFault();
        if (Fault is null) CountChangelogs();
    }

    /// <summary>Topics that must have the same number of partitions have not.</summary>
    public TopologyFault? Fault { get; }

    /// <summary>What is decided for an internal topic counts, else what there is.</summary>
    public int Of(string topic) => _decided.TryGetValue(topic, out int decided) ? decided : _topics.ByName[topic].Partitions.Length;

    public int TasksOf(Topology.Subtopology subtopology) => InputsOf(subtopology).Max(Of);

    private static IEnumerable<string> InputsOf(Topology.Subtopology subtopology) =>
        subtopology.SourceTopics.Concat(subtopology.RepartitionSourceTopics.Select(topic => topic.Name));

    /// <summary>
    /// Those first of which all that is written to them is known, and so on. Where topics wait for each other, in a loop, what is known has
    /// to do for one of them.
    /// </summary>
    private void CountRepartitionTopics()
    {
        var writers = WritersOfOpenTopics();
        var uncounted = new SortedSet<string>(_open, StringComparer.Ordinal);
        // A client makes the topology, so each topic and each reader of it is looked at once: subtopologies know how many inputs they wait for.
        var inputs = _topology.Subtopologies.ToDictionary(subtopology => subtopology, subtopology => InputsOf(subtopology).ToHashSet(StringComparer.Ordinal));
        var waitsFor = inputs.ToDictionary(known => known.Key, known => known.Value.Count(_open.Contains));
        var readers = inputs.SelectMany(known => known.Value.Where(_open.Contains).Select(topic => (topic, known.Key))).ToLookup(known => known.topic, known => known.Key);
        var ready = new Queue<string>(uncounted.Where(topic => writers[topic].TrueForAll(writer => waitsFor[writer] == 0)));
        while (uncounted.Count > 0)
        {
            if (!ready.TryDequeue(out string? next)) next = uncounted.First(topic => KnownInputsOf(topic).Any());
            if (!uncounted.Contains(next)) continue;
            _decided[next] = KnownInputsOf(next).Max(Of);
            uncounted.Remove(next);
            foreach (var reader in readers[next])
            {
                if (--waitsFor[reader] > 0) continue;
                foreach (string sink in reader.RepartitionSinkTopics.Where(uncounted.Contains))
                {
                    if (writers[sink].TrueForAll(writer => waitsFor[writer] == 0)) ready.Enqueue(sink);
                }
            }
        }
        IEnumerable<string> KnownInputsOf(string topic) => writers[topic].SelectMany(writer => inputs[writer]).Where(input => !uncounted.Contains(input));
    }

    private Dictionary<string, List<Topology.Subtopology>> WritersOfOpenTopics()
    {
        var writers = _open.ToDictionary(topic => topic, _ => new List<Topology.Subtopology>(), StringComparer.Ordinal);
        foreach (var subtopology in _topology.Subtopologies)
        {
            foreach (string sink in subtopology.RepartitionSinkTopics.Where(_open.Contains)) writers[sink].Add(subtopology);
        }
        return writers;
    }

    private TopologyFault? FindFault()
    {
        foreach (var subtopology in _topology.Subtopologies)
        {
            foreach (var group in subtopology.CopartitionGroups)
            {
                string[] together =
                [
                    .. group.SourceTopics.Select(index => subtopology.SourceTopics[index]),
                    .. group.RepartitionSourceTopics.Select(index => subtopology.RepartitionSourceTopics[index].Name),
                ];
                if (Align(together) is { } fault) return fault;
            }
        }
        return null;
    }

    /// <summary>
    /// Open topics of a group follow those whose number is given; where none is, all follow the largest. Those that are there count as they
    /// are: nobody makes them larger, and what is written to them need not come from so many partitions.
    /// </summary>
    private TopologyFault? Align(string[] together)
    {
        if (together.Length == 0) return null;
        string[] given = [.. together.Where(topic => !_open.Contains(topic))];
        int partitions = given.Length > 0 ? Of(given[0]) : together.Max(ThereOrDecided);
        if (Array.Exists(given, topic => Of(topic) != partitions))
        {
            string counts = string.Join(", ", given.Select(topic => $"{topic} ({Of(topic)})").Order(StringComparer.Ordinal));
            return new TopologyFault(
                StreamsStatus.IncorrectlyPartitionedTopics, $"These topics are read together and must have equally many partitions: {counts}.");
        }
        foreach (string topic in together.Where(_open.Contains)) _decided[topic] = partitions;
        return null;
    }

    private int ThereOrDecided(string topic) => _topics.ByName.TryGetValue(topic, out var there) ? there.Partitions.Length : Of(topic);

    private void CountChangelogs()
    {
        foreach (var subtopology in _topology.Subtopologies)
        {
            int tasks = TasksOf(subtopology);
            // A source topic can be its own changelog, and has the partitions that it has.
            foreach (var changelog in subtopology.StateChangelogTopics.Where(topic => !subtopology.SourceTopics.Contains(topic.Name)))
                _decided[changelog.Name] = tasks;
        }
    }
}
