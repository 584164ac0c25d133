using Moldau.Coordination.SharePartitions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Shares;

/// <summary>What requests of share consumers may look like.</summary>
public sealed class ShareRequestTests
{
    private const sbyte Accept = (sbyte)AcknowledgeType.Accept, Renew = (sbyte)AcknowledgeType.Renew;

    [Fact]
    public async Task A_fetch_that_renews_locks_may_say_how_large_batches_are_and_fetches_nothing()
    {
        await using var topic = await StartAsync();
        var request = new ShareFetchRequest { GroupId = SharedTopic.Group, MemberId = "a", ShareSessionEpoch = 1, MaxBytes = 0, BatchSize = 500, IsRenewAck = true };
        request.Topics = [new() { TopicId = topic.TopicId, Partitions = [new() { AcknowledgementBatches = [new() { FirstOffset = 0, LastOffset = 0, AcknowledgeTypes = [Renew] }] }] }];
        var answer = await AskAsync(topic, request);
        Assert.Equal((ErrorCode.None, ErrorCode.None), (answer.ErrorCode, answer.Responses[0].Partitions[0].AcknowledgeErrorCode));
        (request.ShareSessionEpoch, request.MaxRecords) = (2, 1);
        Assert.Equal(ErrorCode.InvalidRequest, (await AskAsync(topic, request)).ErrorCode);
    }

    [Fact]
    public async Task A_partition_of_which_nothing_is_acknowledged_needs_no_state()
    {
        await using var topic = await StartAsync();
        var answer = await AcknowledgeAsync(topic, new() { PartitionIndex = 1 }, new() { PartitionIndex = 2 });
        Assert.Equal([ErrorCode.None, ErrorCode.UnknownTopicOrPartition], answer.Select(partition => partition.ErrorCode));
    }

    [Theory]
    [InlineData(-1, ErrorCode.None)]
    [InlineData(-2, ErrorCode.InvalidRequest)]
    public async Task Offsets_are_acknowledged_from_the_one_before_the_first_on(long first, object code)
    {
        await using var topic = await StartAsync();
        var batch = new ShareAcknowledgeRequest.AcknowledgementBatch { FirstOffset = first, LastOffset = 0, AcknowledgeTypes = [Accept] };
        var answer = await AcknowledgeAsync(topic, new ShareAcknowledgeRequest.AcknowledgePartition { AcknowledgementBatches = [batch] });
        Assert.Equal((ErrorCode)code, Assert.Single(answer).ErrorCode);
    }

    [Theory]
    [InlineData("", ErrorCode.None)]
    [InlineData(null, ErrorCode.InvalidRequest)]
    public async Task A_group_has_a_name_though_it_be_empty(string? groupId, object code)
    {
        await using var topic = await StartAsync();
        var answer = await AskAsync(topic, First(topic, groupId, "b"));
        Assert.Equal((ErrorCode)code, answer.ErrorCode);
        if (groupId is not null) Assert.Equal(ErrorCode.UnknownServerError, answer.Responses[0].Partitions[0].ErrorCode); // It has no state.
    }

    /// <summary>With a record that member a has.</summary>
    private static async Task<SharedTopic> StartAsync()
    {
        var topic = await SharedTopic.StartAsync(partitions: 2);
        await topic.Producer.ProduceAsync(0, "x");
        Assert.Equal("0-0 x1", ShareMember.Acquired(await AskAsync(topic, First(topic, SharedTopic.Group, "a"))));
        return topic;
    }

    private static ShareFetchRequest First(SharedTopic topic, string? groupId, string memberId) => new()
    {
        GroupId = groupId,
        MemberId = memberId,
        MinBytes = 1,
        MaxRecords = 500,
        BatchSize = 500,
        Topics = [new() { TopicId = topic.TopicId, Partitions = [new()] }],
    };

    private static Task<ShareFetchResponse> AskAsync(SharedTopic topic, ShareFetchRequest request) =>
        topic.Admin.AskAsync<ShareFetchRequest, ShareFetchResponse>(request, ShareMember.Version);

    private static async Task<List<ShareAcknowledgeResponse.PartitionData>> AcknowledgeAsync(
        SharedTopic topic, params ShareAcknowledgeRequest.AcknowledgePartition[] partitions)
    {
        var request = new ShareAcknowledgeRequest { GroupId = SharedTopic.Group, MemberId = "a", ShareSessionEpoch = 1, Topics = [new() { TopicId = topic.TopicId, Partitions = [.. partitions] }] };
        var answer = await topic.Admin.AskAsync<ShareAcknowledgeRequest, ShareAcknowledgeResponse>(request, ShareMember.Version);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer.Responses[0].Partitions;
    }
}
