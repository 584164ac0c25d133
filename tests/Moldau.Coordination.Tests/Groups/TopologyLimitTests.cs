using Moldau.Coordination.Groups.Streams;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>How large a topology may be, and that one of that size is judged in bounded time.</summary>
public sealed class TopologyLimitTests
{
    private const int SubtopologiesMax = 1_000;

    [Fact]
    public void A_topology_with_too_many_subtopologies_is_refused()
    {
        Assert.True(TopologyRules.Check(Chain(SubtopologiesMax)).IsNone);
        Assert.Equal(ErrorCode.StreamsInvalidTopology, TopologyRules.Check(Chain(SubtopologiesMax + 1)).Code);
    }

    [Fact]
    public void A_topology_that_names_too_many_topics_is_refused()
    {
        var topology = Chain(1);
        topology.Subtopologies[0].StateChangelogTopics = [.. Enumerable.Range(0, 10_000).Select(at => new StreamsGroupTopologyValue.TopicInfo { Name = $"c{at}" })];
        Assert.Equal(ErrorCode.StreamsInvalidTopology, TopologyRules.Check(topology).Code);
    }

    [Fact]
    public void A_topology_with_a_long_id_of_a_subtopology_is_refused()
    {
        var topology = Chain(1);
        topology.Subtopologies[0].SubtopologyId = new string('s', 100);
        Assert.True(TopologyRules.Check(topology).IsNone);
        topology.Subtopologies[0].SubtopologyId += 's';
        Assert.Equal(ErrorCode.StreamsInvalidTopology, TopologyRules.Check(topology).Code);
    }

    [Fact]
    public void The_longest_chain_of_repartition_topics_is_counted()
    {
        var topics = ClusterImage.Empty.With("t", 3).Topics;
        var resolved = TopologyResolution.Resolve(Chain(SubtopologiesMax), topics);
        Assert.Equal(StreamsStatus.MissingInternalTopics, resolved.Fault!.Status);
        Assert.Equal(SubtopologiesMax - 1, resolved.Missing.Count);
        Assert.All(resolved.Missing, topic => Assert.Equal(3, topic.Partitions));
    }

    /// <summary>Its cost must not be the product of the chain's length, what one subtopology reads and what it writes.</summary>
    [Fact]
    public void A_chain_whose_last_topic_and_many_others_lead_to_many_topics_is_counted()
    {
        const int links = 450, inputs = 4_000, outputs = 2_400;
        string[] sinks = [.. Enumerable.Range(0, outputs).Select(at => $"z{at}")];
        var topology = Chain(links);
        topology.Subtopologies.Add(new()
        {
            SubtopologyId = "wide",
            SourceTopics = [.. Enumerable.Repeat("t", inputs)],
            RepartitionSourceTopics = [new() { Name = "last" }],
            RepartitionSinkTopics = [.. sinks],
        });
        topology.Subtopologies.Add(new() { SubtopologyId = "end", RepartitionSourceTopics = [.. sinks.Select(name => new StreamsGroupTopologyValue.TopicInfo { Name = name })] });
        topology.Subtopologies.Single(subtopology => subtopology.SubtopologyId == $"{links - 1}").RepartitionSinkTopics.Add("last");

        var resolved = TopologyResolution.Resolve(topology, ClusterImage.Empty.With("t", 3).Topics);

        Assert.Equal(links - 1 + 1 + outputs, resolved.Missing.Count);
        Assert.All(resolved.Missing, topic => Assert.Equal(3, topic.Partitions));
    }

    [Fact]
    public void A_topology_with_too_many_tasks_has_none()
    {
        var resolved = TopologyResolution.Resolve(Chain(SubtopologiesMax), ClusterImage.Empty.With("t", 51).Topics);
        Assert.Equal(StreamsStatus.IncorrectlyPartitionedTopics, resolved.Fault!.Status);
        Assert.Empty(resolved.Subtopologies);
    }

    /// <summary>Each subtopology reads what the one before it writes; the last ones stand first, which is the longest way to count them.</summary>
    private static StreamsGroupTopologyValue Chain(int length) => new()
    {
        Subtopologies =
        [
            .. Enumerable.Range(0, length).Reverse().Select(at => new StreamsGroupTopologyValue.Subtopology
            {
                SubtopologyId = $"{at}",
                SourceTopics = at == 0 ? ["t"] : [],
                RepartitionSourceTopics = at == 0 ? [] : [new() { Name = $"r{at}" }],
                RepartitionSinkTopics = at == length - 1 ? [] : [$"r{at + 1}"],
            }),
        ],
    };
}
