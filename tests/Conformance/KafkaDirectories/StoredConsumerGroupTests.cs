using System.Text.Json.Nodes;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>Groups of the consumer protocol that Kafka stored: their epochs go on, and members find their place again after a restart.</summary>
public sealed class StoredConsumerGroupTests
{
    private const int ConsumerGroupHeartbeat = 68, ConsumerGroupDescribe = 69;

    [Theory]
    [InlineData("clean")]
    [InlineData("killed")]
    public async Task A_group_goes_on_in_the_epoch_after_Kafkas(string name)
    {
        using var directory = KafkaDirectory.Unpack(name);
        JsonArray assigned;
        await using (var broker = await DirectoryBroker.StartAsync(directory.DataPath))
        {
            using var client = await broker.ConnectAsync();
            Assert.Equal("Empty epoch 3 target 3", await DescribeAsync(client, "new-group"));
            Assert.Equal("Empty epoch 3 target 3", await DescribeAsync(client, "regex-group"));
            var joined = await BeatAsync(client, epoch: 0, owned: []);
            Assert.Equal((0, 4), ((long)joined["errorCode"]!, (long)joined["memberEpoch"]!));
            assigned = joined["assignment"]!["topicPartitions"]!.DeepClone().AsArray();
            Assert.Equal(7, assigned.Sum(topic => topic!["partitions"]!.AsArray().Count));
        }
        await using var again = await DirectoryBroker.StartAsync(directory.DataPath);
        using var returned = await again.ConnectAsync();
        Assert.Equal("Stable epoch 4 target 4", await DescribeAsync(returned, "new-group"));
        var heard = await BeatAsync(returned, epoch: 4, assigned);
        Assert.Equal((0, 4), ((long)heard["errorCode"]!, (long)heard["memberEpoch"]!));
        Assert.Null(heard["assignment"]);
    }

    private static async Task<string> DescribeAsync(Dialogues.DialogueConnection client, string group)
    {
        var answer = await client.AskAsync(ConsumerGroupDescribe, 1, new JsonObject { ["groupIds"] = new JsonArray(group), ["includeAuthorizedOperations"] = false });
        var described = answer["groups"]![0]!;
        return $"{described["groupState"]} epoch {described["groupEpoch"]} target {described["assignmentEpoch"]}";
    }

    private static async Task<JsonNode> BeatAsync(Dialogues.DialogueConnection client, long epoch, JsonArray owned) =>
        await client.AskAsync(ConsumerGroupHeartbeat, 1, new JsonObject
        {
            ["groupId"] = "new-group",
            ["memberId"] = "member",
            ["memberEpoch"] = epoch,
            ["instanceId"] = null,
            ["rackId"] = null,
            ["rebalanceTimeoutMs"] = epoch == 0 ? 30_000L : -1L,
            ["subscribedTopicNames"] = epoch == 0 ? new JsonArray("keyed", "trimmed") : null,
            ["subscribedTopicRegex"] = null,
            ["serverAssignor"] = null,
            ["topicPartitions"] = owned,
        });
}
