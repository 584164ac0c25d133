using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Shares;

/// <summary>Share consumers of a whole broker in memory, over their sockets.</summary>
public sealed class ShareFetchTests
{
    // Long enough that an answer before its end is one that something has caused.
    private const int LongWaitMs = 600_000;

    private const sbyte Accept = 1, Release = 2, Renew = 4;

    [Fact]
    public async Task A_waiting_fetch_is_answered_by_the_next_append()
    {
        await using var topic = await SharedTopic.StartAsync();
        var member = topic.Join("a");
        await member.BeginFetchAsync(LongWaitMs);
        await topic.Producer.ProduceAsync(0, "x", "y");
        Assert.Equal("0-1 x1", ShareMember.Acquired(await member.FetchedAsync()));
    }

    [Fact]
    public async Task A_waiting_fetch_gets_what_another_member_releases()
    {
        await using var topic = await SharedTopic.StartAsync();
        await topic.Producer.ProduceAsync(0, "x", "y");
        var (one, other) = (topic.Join("a"), topic.Join("b"));
        Assert.Equal("0-1 x1", ShareMember.Acquired(await one.FetchAsync()));
        await other.BeginFetchAsync(LongWaitMs);
        Assert.Equal(ErrorCode.None, (await one.AcknowledgeAsync(0, 1, Accept, Release)).OfPartition);
        Assert.Equal("1-1 x2", ShareMember.Acquired(await other.FetchedAsync()));
    }

    [Fact]
    public async Task Of_a_partition_that_is_named_twice_what_is_said_last_counts()
    {
        await using var topic = await SharedTopic.StartAsync();
        await topic.Producer.ProduceAsync(0, "x", "y");
        var member = topic.Join("a");
        Assert.Equal("0-1 x1", ShareMember.Acquired(await member.FetchAsync()));
        Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(ShareMember.Named(0, 0, Accept), ShareMember.Named(1, 1, Release))).OfPartition);
        Assert.Equal("1-1 x2", ShareMember.Acquired(await member.FetchAsync()));
        Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(0, 1, Release)).OfPartition);
    }

    [Fact]
    public async Task A_waiting_fetch_gets_what_a_broken_connection_had()
    {
        await using var topic = await SharedTopic.StartAsync();
        await topic.Producer.ProduceAsync(0, "x", "y");
        var (one, other) = (topic.Join("a"), topic.Join("b"));
        Assert.Equal("0-1 x1", ShareMember.Acquired(await one.FetchAsync()));
        await other.BeginFetchAsync(LongWaitMs);
        one.Dispose();
        Assert.Equal("0-1 x2", ShareMember.Acquired(await other.FetchedAsync()));
    }

    [Fact]
    public async Task A_fetch_waits_for_as_many_bytes_as_it_wants()
    {
        await using var topic = await SharedTopic.StartAsync();
        await topic.Producer.ProduceAsync(0, "x");
        var member = topic.Join("a");
        await member.BeginFetchAsync(LongWaitMs, minBytes: 150);
        await topic.Producer.ProduceAsync(0, "y");
        await topic.Producer.ProduceAsync(0, "z");
        Assert.Equal("0-2 x1", ShareMember.Acquired(await member.FetchedAsync()));
    }

    [Fact]
    public async Task Only_the_batches_with_acquired_records_are_sent()
    {
        await using var topic = await SharedTopic.StartAsync();
        foreach (string value in new[] { "x", "y", "z" }) await topic.Producer.ProduceAsync(0, value);
        var one = topic.Join("a");
        var first = await one.FetchAsync(recordsMax: 1);
        var second = await topic.Join("b").FetchAsync();
        Assert.Equal(("0-0 x1", "1-2 x1"), (ShareMember.Acquired(first), ShareMember.Acquired(second)));
        Assert.Equal(2 * RecordsOf(first).Length, RecordsOf(second).Length);
    }

    [Fact]
    public async Task Partitions_take_turns_also_where_each_fetch_is_acknowledged()
    {
        await using var topic = await SharedTopic.StartAsync(partitions: 2);
        foreach (int partition in new[] { 0, 0, 0, 1, 1, 1 }) await topic.Producer.ProduceAsync(partition, "x");
        var member = topic.Join("a");
        member.Partitions = [0, 1];
        var served = new List<int>();
        for (int fetch = 0; fetch < 4; fetch++)
        {
            var answer = await member.FetchAsync(recordsMax: 1);
            served.Add(answer.Responses[0].Partitions.Single(partition => partition.AcquiredRecords.Count > 0).PartitionIndex);
            Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync()).OfAll); // It counts the session's epoch up as a fetch does.
        }
        Assert.Equal([0, 1, 0, 1], served);
    }

    [Fact]
    public async Task Acknowledgements_travel_with_the_next_fetch()
    {
        await using var topic = await SharedTopic.StartAsync();
        await topic.Producer.ProduceAsync(0, "x", "y");
        var member = topic.Join("a");
        await member.FetchAsync();
        var answer = await member.FetchAsync(acknowledged: new ShareFetchRequest.AcknowledgementBatch { FirstOffset = 0, LastOffset = 1, AcknowledgeTypes = [Accept, Release] });
        Assert.Equal("1-1 x2", ShareMember.Acquired(answer));
        Assert.Equal(ErrorCode.None, answer.Responses[0].Partitions[0].AcknowledgeErrorCode);
    }

    [Fact]
    public async Task Only_so_many_members_have_a_session()
    {
        await using var topic = await SharedTopic.StartAsync(new KafkaBrokerOptions { Properties = { ["group.share.max.share.sessions"] = "1", ["group.share.max.size"] = "1" } });
        var one = topic.Join("a");
        Assert.Equal(ErrorCode.None, (await one.FetchAsync()).ErrorCode);
        var other = topic.Join("b");
        Assert.Equal(ErrorCode.ShareSessionLimitReached, (await other.FetchAsync()).ErrorCode);
        await one.AcknowledgeAsync(0, 0, Accept);
        one.Epoch = -1;
        await one.FetchAsync();
        other.Epoch = 0;
        Assert.Equal(ErrorCode.None, (await other.FetchAsync()).ErrorCode);
    }

    [Fact]
    public async Task A_group_that_begins_at_the_end_begins_there_after_its_members_have_gone_too()
    {
        await using var topic = await SharedTopic.StartAsync(reset: "latest");
        await topic.Producer.ProduceAsync(0, "before");
        var one = topic.Join("a");
        Assert.Empty(ShareMember.Acquired(await one.FetchAsync()));
        Assert.Equal(1, await topic.StoredStartAsync());
        one.Epoch = -1;
        await one.FetchAsync();
        await topic.Producer.ProduceAsync(0, "while nobody was there");
        Assert.Equal("1-1 x1", ShareMember.Acquired(await topic.Join("b").FetchAsync()));
    }

    [Fact]
    public async Task A_group_may_begin_by_time()
    {
        // The records are of 2023.
        await using var topic = await SharedTopic.StartAsync(reset: "by_duration:P36500D");
        await topic.Producer.ProduceAsync(0, "x");
        Assert.Equal("0-0 x1", ShareMember.Acquired(await topic.Join("a").FetchAsync()));
        await topic.SetAsync(("share.auto.offset.reset", "by_duration:PT1H"));
        await topic.InitializeAsync(stateEpoch: 2, startOffset: -1);
        Assert.Empty(ShareMember.Acquired(await topic.Join("c").FetchAsync()));
    }

    [Fact]
    public async Task A_leader_whose_state_was_initialized_anew_takes_it_up_again()
    {
        await using var topic = await SharedTopic.StartAsync();
        await topic.Producer.ProduceAsync(0, "x", "y", "z");
        var member = topic.Join("a");
        Assert.Equal("0-2 x1", ShareMember.Acquired(await member.FetchAsync()));
        await topic.InitializeAsync(stateEpoch: 2, startOffset: 1);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await member.AcknowledgeAsync(0, 2, Accept)).OfPartition);
        Assert.Equal("1-2 x1", ShareMember.Acquired(await member.FetchAsync()));
        Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(1, 2, Accept)).OfPartition);
    }

    [Theory]
    [InlineData(36, ErrorCode.None)]
    [InlineData(37, ErrorCode.InvalidRequest)]
    public async Task A_members_id_has_at_most_36_characters(int characters, object code)
    {
        await using var topic = await SharedTopic.StartAsync();
        var member = topic.Join(new string('m', characters));
        Assert.Equal((ErrorCode)code, (await member.FetchAsync()).ErrorCode);
        Assert.Equal((ErrorCode)code, (await member.AcknowledgeAsync()).OfAll);
    }

    [Fact]
    public async Task A_partition_without_state_is_refused_and_the_others_are_not()
    {
        await using var topic = await SharedTopic.StartAsync();
        using var stranger = new ShareMember(topic.Broker, "nobody", "a", topic.TopicId);
        var answer = await stranger.FetchAsync(LongWaitMs);
        Assert.Equal((ErrorCode.None, ErrorCode.UnknownServerError), (answer.ErrorCode, answer.Responses[0].Partitions[0].ErrorCode));
    }

    [Fact]
    public async Task A_deleted_topic_is_unknown_to_its_share_groups()
    {
        await using var topic = await SharedTopic.StartAsync();
        await topic.Producer.ProduceAsync(0, "x");
        var member = topic.Join("a");
        await member.FetchAsync();
        await topic.Admin.AskAsync<DeleteTopicsRequest, DeleteTopicsResponse>(new() { TopicNames = [SharedTopic.Name], TimeoutMs = 10_000 }, 5);
        Assert.Equal(ErrorCode.UnknownTopicId, (await member.AcknowledgeAsync(0, 0, Accept)).OfPartition);
        Assert.Equal(ErrorCode.UnknownTopicId, (await member.FetchAsync(LongWaitMs)).Responses[0].Partitions[0].ErrorCode);
    }

    [Fact]
    public async Task A_group_may_forbid_renewal_and_the_rest_of_the_request_counts()
    {
        await using var topic = await SharedTopic.StartAsync(partitions: 2);
        foreach (int partition in new[] { 0, 1 }) await topic.Producer.ProduceAsync(partition, "x");
        var member = topic.Join("a");
        member.Partitions = [0, 1];
        await member.FetchAsync();
        Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(0, 0, Renew)).OfPartition);
        await topic.SetAsync(("share.renew.acknowledge.enable", "false"));
        Assert.Equal((ErrorCode.None, ErrorCode.InvalidRecordState), await member.AcknowledgeAsync(Named(0, Renew), Named(1, Accept)));
        member.Epoch = -1;
        await member.FetchAsync();
        var other = topic.Join("b");
        other.Partitions = [0, 1];
        Assert.Equal("0-0 x2", ShareMember.Acquired(await other.FetchAsync()));

        static ShareAcknowledgeRequest.AcknowledgePartition Named(int partition, sbyte type) =>
            new() { PartitionIndex = partition, AcknowledgementBatches = [new() { FirstOffset = 0, LastOffset = 0, AcknowledgeTypes = [type] }] };
    }

    [Fact]
    public async Task Records_that_retention_took_are_passed_over()
    {
        await using var topic = await SharedTopic.StartAsync();
        foreach (string value in new[] { "x", "y", "z" }) await topic.Producer.ProduceAsync(0, value);
        var member = topic.Join("a");
        Assert.Equal("0-0 x1", ShareMember.Acquired(await member.FetchAsync(recordsMax: 1)));
        var deleted = await topic.Admin.AskAsync<DeleteRecordsRequest, DeleteRecordsResponse>(
            new() { Topics = [new() { Name = SharedTopic.Name, Partitions = [new() { PartitionIndex = 0, Offset = 2 }] }], TimeoutMs = 10_000 }, 2);
        Assert.Equal(ErrorCode.None, deleted.Topics[0].Partitions[0].ErrorCode);
        Assert.Equal("2-2 x1", ShareMember.Acquired(await member.FetchAsync()));
        Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(0, 2, Accept)).OfPartition);
        Assert.Equal(2, await topic.StoredStartAsync());
    }

    private static ReadOnlyMemory<byte> RecordsOf(ShareFetchResponse response) => response.Responses[0].Partitions[0].Records!.Value;
}
