using System.Text.Json.Nodes;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>A share group that Kafka stored: its epochs go on, and members get the partitions that had state before, without beginning them anew.</summary>
public sealed class StoredShareGroupTests
{
    private const int ShareGroupHeartbeat = 76, ShareGroupDescribe = 77, ReadShareGroupState = 84;

    [Theory]
    [InlineData("clean")]
    [InlineData("killed")]
    public async Task A_share_group_goes_on_in_the_epoch_after_Kafkas(string name)
    {
        using var directory = KafkaDirectory.Unpack(name);
        await using (var broker = await DirectoryBroker.StartAsync(directory.DataPath))
        {
            using var client = await broker.ConnectAsync();
            Assert.Equal("Empty epoch 4 target 4", await DescribeAsync(client));
            var joined = await BeatAsync(client, epoch: 0);
            Assert.Equal((0, 5), ((long)joined["errorCode"]!, (long)joined["memberEpoch"]!));
            var topic = Assert.Single(joined["assignment"]!["topicPartitions"]!.AsArray());
            Assert.Equal([0, 1], topic!["partitions"]!.AsArray().Select(index => (long)index!).Order());
        }
        await using var again = await DirectoryBroker.StartAsync(directory.DataPath);
        using var returned = await again.ConnectAsync();
        Assert.Equal("Stable epoch 5 target 5", await DescribeAsync(returned));
        var heard = await BeatAsync(returned, epoch: 5);
        Assert.Equal((0, 5), ((long)heard["errorCode"]!, (long)heard["memberEpoch"]!));
        Assert.Null(heard["assignment"]);
    }

    /// <summary>Kafka's own words for it stand in share-group-state.txt, beside the directories.</summary>
    [Theory]
    [InlineData("clean")]
    [InlineData("killed")]
    public async Task State_of_share_partitions_is_what_Kafka_stored(string name)
    {
        using var directory = KafkaDirectory.Unpack(name);
        await using var broker = await DirectoryBroker.StartAsync(directory.DataPath);
        using var client = await broker.ConnectAsync();
        Assert.Equal(
            "state 2 from 0: 0-0:0/1 1-4:2/1 5-5:0/1 6-6:2/1 7-7:4/1 8-9:2/1 10-10:0/1 11-13:2/1 14-14:4/1 15-15:0/1 16-19:2/1 20-20:0/1 21-21:4/1 22-24:2/1 25-25:0/1 26-27:2/1 28-28:4/1 29-29:2/1",
            await ReadAsync(client, partition: 0));
        Assert.Equal("state 2 from -1: ", await ReadAsync(client, partition: 1));
    }

    private static async Task<string> ReadAsync(Dialogues.DialogueConnection client, long partition)
    {
        var wanted = new JsonObject { ["partition"] = partition, ["leaderEpoch"] = 0L };
        var topic = new JsonObject { ["topicId"] = "rv0kGTYeTnCawXW9s2jmLw", ["partitions"] = new JsonArray(wanted) };
        var answer = await client.AskAsync(ReadShareGroupState, 0, new JsonObject { ["groupId"] = "share-group", ["topics"] = new JsonArray(topic) });
        var state = answer["results"]![0]!["partitions"]![0]!;
        Assert.Equal(0, (long)state["errorCode"]!);
        var batches = state["stateBatches"]!.AsArray().Select(batch => $"{batch!["firstOffset"]}-{batch["lastOffset"]}:{batch["deliveryState"]}/{batch["deliveryCount"]}");
        return $"state {state["stateEpoch"]} from {state["startOffset"]}: {string.Join(" ", batches)}";
    }

    private static async Task<string> DescribeAsync(Dialogues.DialogueConnection client)
    {
        var answer = await client.AskAsync(
            ShareGroupDescribe, 1, new JsonObject { ["groupIds"] = new JsonArray("share-group"), ["includeAuthorizedOperations"] = false });
        var described = answer["groups"]![0]!;
        return $"{described["groupState"]} epoch {described["groupEpoch"]} target {described["assignmentEpoch"]}";
    }

    private static async Task<JsonNode> BeatAsync(Dialogues.DialogueConnection client, long epoch) =>
        await client.AskAsync(ShareGroupHeartbeat, 1, new JsonObject
        {
            ["groupId"] = "share-group",
            ["memberId"] = "member",
            ["memberEpoch"] = epoch,
            ["rackId"] = null,
            ["subscribedTopicNames"] = epoch == 0 ? new JsonArray("headers") : null,
        });
}
