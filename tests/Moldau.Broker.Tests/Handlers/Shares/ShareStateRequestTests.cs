using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Shares;

/// <summary>Requests to the share coordinator, which brokers of Kafka send each other.</summary>
public sealed class ShareStateRequestTests
{
    private const short Version = 1;

    [Fact]
    public async Task A_request_that_names_no_group_is_answered_with_nothing()
    {
        await using var topic = await SharedTopic.StartAsync();
        Assert.Empty(await AskAsync(topic, groupId: "", Of(topic.TopicId, partitions: 0)));
        Assert.Single(await AskAsync(topic, SharedTopic.Group, Of(topic.TopicId, partitions: 0)));
    }

    [Fact]
    public async Task A_request_that_names_a_topic_without_partitions_is_answered_with_nothing()
    {
        await using var topic = await SharedTopic.StartAsync();
        Assert.Empty(await AskAsync(topic, SharedTopic.Group, Of(topic.TopicId, partitions: 0), Of(Guid.Empty)));
        Assert.Empty(await AskAsync(topic, SharedTopic.Group));
    }

    private static async Task<List<ReadShareGroupStateSummaryResponse.ReadStateSummaryResult>> AskAsync(
        SharedTopic topic, string groupId, params ReadShareGroupStateSummaryRequest.ReadStateSummaryData[] topics)
    {
        var request = new ReadShareGroupStateSummaryRequest { GroupId = groupId, Topics = [.. topics] };
        return (await topic.Admin.AskAsync<ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse>(request, Version)).Results;
    }

    private static ReadShareGroupStateSummaryRequest.ReadStateSummaryData Of(Guid topicId, params int[] partitions) => new()
    {
        TopicId = topicId,
        Partitions = [.. partitions.Select(index => new ReadShareGroupStateSummaryRequest.PartitionData { Partition = index })],
    };
}
