using Moldau.Conformance.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>The life of a topic in an admin's newest versions.</summary>
public sealed class NewestTopicTests(ClientBroker broker)
{
    private const sbyte TopicResource = 2;

    [Fact]
    [Drives(ApiKey.CreateTopics, ApiKey.CreatePartitions, ApiKey.DescribeTopicPartitions, ApiKey.DeleteTopics)]
    public async Task A_topic_is_made_grown_described_in_pages_and_deleted_by_its_id()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var topic = await NewestTopic.CreateAsync(admin, broker.NewName("newest"), partitions: 2);
        var grown = await admin.AskAsync<CreatePartitionsRequest, CreatePartitionsResponse>(
            new() { Topics = [new() { Name = topic.Name, Count = 5, Assignments = null }], TimeoutMs = 10_000 });
        Assert.Equal((ErrorCode.None, null), (grown.Results[0].ErrorCode, grown.Results[0].ErrorMessage));
        Assert.Equal([[0, 1], [2, 3], [4]], await PagesOfTwoAsync(admin, topic));

        Assert.Equal(ErrorCode.None, await DeleteAsync());
        Assert.Equal(ErrorCode.UnknownTopicId, await DeleteAsync());
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await DescribeAsync(admin, topic.Name, null)).Topics[0].ErrorCode);

        async Task<ErrorCode> DeleteAsync() => (await admin.AskAsync<DeleteTopicsRequest, DeleteTopicsResponse>(
            new() { Topics = [new() { TopicId = topic.Id }], TimeoutMs = 10_000 })).Responses[0].ErrorCode;
    }

    [Fact]
    [Drives(ApiKey.DescribeConfigs, ApiKey.AlterConfigs, ApiKey.IncrementalAlterConfigs, ApiKey.ListConfigResources)]
    public async Task Settings_of_a_topic_are_changed_one_by_one_and_all_at_once()
    {
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var topic = await NewestTopic.CreateAsync(admin, broker.NewName("newest"));
        var changed = await admin.AskAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(new()
        {
            Resources = [new() { ResourceType = TopicResource, ResourceName = topic.Name, Configs = [new() { Name = "retention.ms", Value = "1234567" }] }],
        });
        Assert.Equal(ErrorCode.None, changed.Responses[0].ErrorCode);
        Assert.Equal(("1234567", "delete"), await DescribeConfigsAsync(admin, topic.Name));

        // What is not named goes back to its default.
        var replaced = await admin.AskAsync<AlterConfigsRequest, AlterConfigsResponse>(new()
        {
            Resources = [new() { ResourceType = TopicResource, ResourceName = topic.Name, Configs = [new() { Name = "cleanup.policy", Value = "compact" }] }],
        });
        Assert.Equal(ErrorCode.None, replaced.Responses[0].ErrorCode);
        Assert.Equal(("604800000", "compact"), await DescribeConfigsAsync(admin, topic.Name));
        var listed = await admin.AskAsync<ListConfigResourcesRequest, ListConfigResourcesResponse>(new() { ResourceTypes = [TopicResource] });
        Assert.Contains(listed.ConfigResources, resource => (resource.ResourceName, resource.ResourceType) == (topic.Name, TopicResource));
    }

    [Fact]
    [Drives(ApiKey.Produce, ApiKey.DeleteRecords, ApiKey.ListOffsets, ApiKey.OffsetForLeaderEpoch, ApiKey.DescribeLogDirs, ApiKey.AlterReplicaLogDirs)]
    public async Task Records_are_written_found_and_deleted_and_their_log_has_its_place()
    {
        const long Latest = -1, Earliest = -2;
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        var topic = await NewestTopic.CreateAsync(admin, broker.NewName("newest"));
        await topic.FillAsync(admin, 30);
        Assert.Equal((0, 30), (await FindAsync(Earliest), await FindAsync(Latest)));
        var epochs = await admin.AskAsync<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(
            new() { ReplicaId = -1, Topics = [new() { Topic = topic.Name, Partitions = [new() { Partition = 0, LeaderEpoch = 0 }] }] });
        Assert.Equal((ErrorCode.None, 30), (epochs.Topics[0].Partitions[0].ErrorCode, epochs.Topics[0].Partitions[0].EndOffset));

        var deleted = await admin.AskAsync<DeleteRecordsRequest, DeleteRecordsResponse>(
            new() { Topics = [new() { Name = topic.Name, Partitions = [new() { PartitionIndex = 0, Offset = 25 }] }], TimeoutMs = 10_000 });
        Assert.Equal((ErrorCode.None, 25), (deleted.Topics[0].Partitions[0].ErrorCode, deleted.Topics[0].Partitions[0].LowWatermark));
        Assert.Equal((25, 30), (await FindAsync(Earliest), await FindAsync(Latest)));
        Assert.Equal(Enumerable.Range(25, 5), (await topic.ReadAsync(admin, 0, 25)).Numbers);

        var described = await admin.AskAsync<DescribeLogDirsRequest, DescribeLogDirsResponse>(
            new() { Topics = [new() { Topic = topic.Name, Partitions = [0] }] });
        var place = Assert.Single(described.Results);
        Assert.InRange(place.Topics[0].Partitions[0].PartitionSize, 1, place.TotalBytes);
        Assert.Equal((ErrorCode.None, ErrorCode.LogDirNotFound), (await MoveAsync(place.LogDir), await MoveAsync("/elsewhere")));

        async Task<long> FindAsync(long timestamp) => (await admin.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(new()
        {
            ReplicaId = -1,
            Topics = [new() { Name = topic.Name, Partitions = [new() { PartitionIndex = 0, Timestamp = timestamp }] }],
        })).Topics[0].Partitions[0].Offset;

        async Task<ErrorCode> MoveAsync(string path) => (await admin.AskAsync<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>(
            new() { Dirs = [new() { Path = path, Topics = [new() { Name = topic.Name, Partitions = [0] }] }] })).Results[0].Partitions[0].ErrorCode;
    }

    private static async Task<List<List<int>>> PagesOfTwoAsync(NewestClient admin, NewestTopic topic)
    {
        var pages = new List<List<int>>();
        DescribeTopicPartitionsRequest.CursorData? next = null;
        do
        {
            var page = await DescribeAsync(admin, topic.Name, next);
            var described = page.Topics[0];
            Assert.Equal((ErrorCode.None, topic.Id), (described.ErrorCode, described.TopicId));
            pages.Add(described.Partitions.ConvertAll(partition => partition.PartitionIndex));
            next = page.NextCursor is { } cursor ? new() { TopicName = cursor.TopicName, PartitionIndex = cursor.PartitionIndex } : null;
        }
        while (next is not null);
        return pages;
    }

    private static Task<DescribeTopicPartitionsResponse> DescribeAsync(NewestClient admin, string topic, DescribeTopicPartitionsRequest.CursorData? from) =>
        admin.AskAsync<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>(
            new() { Topics = [new() { Name = topic }], ResponsePartitionLimit = 2, Cursor = from });

    private static async Task<(string? RetentionMs, string? CleanupPolicy)> DescribeConfigsAsync(NewestClient admin, string topic)
    {
        var described = await admin.AskAsync<DescribeConfigsRequest, DescribeConfigsResponse>(
            new() { Resources = [new() { ResourceType = TopicResource, ResourceName = topic, ConfigurationKeys = ["retention.ms", "cleanup.policy"] }] });
        var values = described.Results[0].Configs.ToDictionary(config => config.Name, config => config.Value);
        return (values["retention.ms"], values["cleanup.policy"]);
    }
}
