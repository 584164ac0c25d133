using Moldau.Broker.Handlers.Records;
using Moldau.Protocol.Messages;
using PartitionProduceData = Moldau.Protocol.Messages.ProduceRequest.PartitionProduceData;

namespace Moldau.Broker.Tests.Handlers.Records;

public sealed class ProduceEntriesTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(10)]
    public void Of_a_partition_that_is_named_twice_the_last_entry_counts(int times)
    {
        var request = new ProduceRequest { TopicData = [.. Enumerable.Range(0, times).SelectMany(_ => new[] { Topic("a", 0, 1), Topic("b", 0), Topic("a", 1) })] };
        var entries = new ProduceEntries(request);
        var counted = new List<(string Topic, PartitionProduceData Data)>();
        foreach (var topic in request.TopicData)
            counted.AddRange(topic.PartitionData.Where(data => !entries.IsNamedAgain(topic, data)).Select(data => (topic.Name, data)));
        var last = request.TopicData[^3..];
        Assert.Equal([("a", last[0].PartitionData[0]), ("b", last[1].PartitionData[0]), ("a", last[2].PartitionData[0])], counted);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(20)]
    public void A_topic_is_answered_in_one_place(int topics)
    {
        var request = new ProduceRequest { TopicData = [.. Enumerable.Range(0, topics).Select(i => Topic($"{i % 2}", i))] };
        var entries = new ProduceEntries(request);
        var places = request.TopicData.ConvertAll(entries.AnswersOf);
        Assert.Equal(["0", "1"], entries.Response.Responses.Select(topic => topic.Name));
        Assert.All(places, (place, i) => Assert.Same(entries.Response.Responses[i % 2], place));
    }

    private static ProduceRequest.TopicProduceData Topic(string name, params int[] partitions) =>
        new() { Name = name, PartitionData = [.. partitions.Select(index => new PartitionProduceData { Index = index })] };
}
