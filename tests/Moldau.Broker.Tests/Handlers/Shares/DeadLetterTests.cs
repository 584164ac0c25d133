using System.Text;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handlers.Shares;

/// <summary>KIP-1191: what a group gives up goes to its dead-letter queue.</summary>
public sealed class DeadLetterTests
{
    private const sbyte Accept = 1, Release = 2, Reject = 3;
    private const string Queue = "dlq.t";

    [Fact]
    public async Task A_rejected_record_is_named_in_the_queue()
    {
        await using var topic = await StartAsync(("errors.deadletterqueue.topic.name", Queue));
        await topic.Producer.ProduceAsync(0, "x", "y");
        var member = topic.Join("a");
        await member.FetchAsync();
        Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(0, 1, Accept, Reject)).OfPartition);
        string letter = await LetterAsync(topic);
        Assert.Equal("value= topic=t partition=0 offset=1 group=g delivery.count=1 message=A member of the group rejected the record.", letter);
        await ArchivedAsync(topic, start: 2, member);
    }

    [Fact]
    public async Task A_record_that_was_delivered_too_often_is_copied_with_its_own_headers()
    {
        await using var topic = await StartAsync(
            ("errors.deadletterqueue.topic.name", Queue), ("errors.deadletterqueue.copy.record.enable", "true"), ("share.delivery.count.limit", "2"));
        await topic.Producer.ProduceAsync(0, "x");
        var member = topic.Join("a");
        for (int delivery = 0; delivery < 2; delivery++)
        {
            await member.FetchAsync();
            Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(0, 0, Release)).OfPartition);
        }
        string letter = await LetterAsync(topic);
        Assert.StartsWith("value=x topic=t partition=0 offset=0 group=g delivery.count=2 message=", letter, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("other")]
    [InlineData("dlq.unknown")]
    public async Task A_group_does_not_stand_still_for_a_queue_that_it_may_not_write_to(string queue)
    {
        await using var topic = await StartAsync(("errors.deadletterqueue.topic.name", queue));
        await topic.Producer.ProduceAsync(0, "x", "y");
        var member = topic.Join("a");
        await member.FetchAsync();
        Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(0, 0, Reject)).OfPartition);
        Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(1, 1, Release)).OfPartition);
        await ArchivedAsync(topic, start: 1, member);
    }

    [Fact]
    public async Task A_queue_is_created_where_the_broker_may()
    {
        await using var topic = await SharedTopic.StartAsync(
            new KafkaBrokerOptions { Properties = { ["errors.deadletterqueue.auto.create.topics.enable"] = "true" } });
        await topic.SetAsync(("errors.deadletterqueue.topic.name", Queue));
        await topic.Producer.ProduceAsync(0, "x");
        var member = topic.Join("a");
        await member.FetchAsync();
        Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(0, 0, Reject)).OfPartition);
        Assert.StartsWith("value= topic=t partition=0 offset=0", await LetterAsync(topic), StringComparison.Ordinal);
        Assert.Equal("errors.deadletterqueue.group.enable=true message.timestamp.type=CreateTime", await OwnSettingsAsync(topic));
    }

    /// <summary>The settings that the queue has of its own.</summary>
    private static async Task<string> OwnSettingsAsync(SharedTopic topic)
    {
        const sbyte TopicResource = 2, OfTopic = 1;
        var described = await topic.Admin.AskAsync<DescribeConfigsRequest, DescribeConfigsResponse>(
            new() { Resources = [new() { ResourceType = TopicResource, ResourceName = Queue, ConfigurationKeys = null }] }, 4);
        var own = described.Results[0].Configs.Where(config => config.ConfigSource == OfTopic).OrderBy(config => config.Name, StringComparer.Ordinal);
        return string.Join(' ', own.Select(config => $"{config.Name}={config.Value}"));
    }

    /// <summary>With a topic that permits its use as a dead-letter queue.</summary>
    private static async Task<SharedTopic> StartAsync(params (string Name, string Value)[] settings)
    {
        var topic = await SharedTopic.StartAsync();
        await topic.SetAsync(settings);
        var made = await topic.Admin.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(
            new()
            {
                Topics = [new()
                {
                    Name = Queue,
                    NumPartitions = 1,
                    ReplicationFactor = 1,
                    Configs = [new() { Name = "errors.deadletterqueue.group.enable", Value = "true" }],
                }],
                TimeoutMs = 10_000,
            },
            7);
        Assert.Equal(ErrorCode.None, made.Topics[0].ErrorCode);
        return topic;
    }

    /// <summary>Waits for the first record of the queue.</summary>
    private static async Task<string> LetterAsync(SharedTopic topic)
    {
        while (true)
        {
            var fetched = await topic.Admin.AskAsync<FetchRequest, FetchResponse>(
                new()
                {
                    MaxWaitMs = 600_000,
                    MinBytes = 1,
                    SessionEpoch = -1,
                    Topics = [new() { Topic = Queue, Partitions = [new() { PartitionMaxBytes = 1 << 20, CurrentLeaderEpoch = -1, LastFetchedEpoch = -1 }] }],
                },
                12);
            var partition = fetched.Responses[0].Partitions[0];
            if (partition.ErrorCode == ErrorCode.UnknownTopicOrPartition) continue; // It is being created.
            Assert.Equal(ErrorCode.None, partition.ErrorCode);
            foreach (var record in new BatchRecords(partition.Records!.Value)) return Text(record);
        }
    }

    private static string Text(in Protocol.Records.Record record)
    {
        var text = new StringBuilder("value=").Append(record.Value is { } value ? Encoding.UTF8.GetString(value.Span) : "");
        foreach (var header in record.Headers)
        {
            text.Append(' ').Append(header.Name["__dlq.errors.".Length..]).Append('=').Append(Encoding.UTF8.GetString(header.Value!.Value.Span));
        }
        return text.ToString();
    }

    /// <summary>Waits until the group's start has passed the records, which says that they are archived; it is stored with the next acknowledgement.</summary>
    private static async Task ArchivedAsync(SharedTopic topic, long start, ShareMember member)
    {
        while (true)
        {
            await topic.Producer.ProduceAsync(0, "more");
            var more = await member.FetchAsync();
            foreach (var range in more.Responses.SelectMany(response => response.Partitions).SelectMany(partition => partition.AcquiredRecords))
            {
                Assert.Equal(ErrorCode.None, (await member.AcknowledgeAsync(range.FirstOffset, range.LastOffset, Accept)).OfPartition);
            }
            if (await topic.StoredStartAsync() >= start) return;
        }
    }
}
