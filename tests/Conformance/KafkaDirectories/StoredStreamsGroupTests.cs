using System.Text.Json.Nodes;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>A group of the streams protocol that Kafka stored: its epochs go on, with its topology and the topics that it made.</summary>
public sealed class StoredStreamsGroupTests
{
    private const string Store = "words-app-KSTREAM-AGGREGATE-STATE-STORE-0000000003";
    private const int StreamsGroupHeartbeat = 88, StreamsGroupDescribe = 89, InvalidRequest = 42;

    [Theory]
    [InlineData("clean")]
    [InlineData("killed")]
    public async Task A_group_goes_on_in_the_epoch_after_Kafkas(string name)
    {
        using var directory = KafkaDirectory.Unpack(name);
        (string, string) withoutDelay = ("group.streams.initial.rebalance.delay.ms", "0");
        await using (var broker = await DirectoryBroker.StartAsync(directory.DataPath, loggers: null, withoutDelay))
        {
            using var client = await broker.ConnectAsync();
            Assert.Equal("Empty epoch 4 target 4", await DescribeAsync(client));
            var other = await BeatAsync(client, epoch: 0, Topology(changelogs: []));
            Assert.Equal(InvalidRequest, (long)other["errorCode"]!);
            var joined = await BeatAsync(client, epoch: 0, Topology([Changelog()]));
            Assert.Equal((0, 5), ((long)joined["errorCode"]!, (long)joined["memberEpoch"]!));
            Assert.Empty(joined["status"]!.AsArray());
            Assert.Equal(4, joined["activeTasks"]!.AsArray().Sum(tasks => tasks!["partitions"]!.AsArray().Count));
        }
        await using var again = await DirectoryBroker.StartAsync(directory.DataPath, loggers: null, withoutDelay);
        using var returned = await again.ConnectAsync();
        Assert.Equal("Stable epoch 5 target 5", await DescribeAsync(returned));
        var heard = await BeatAsync(returned, epoch: 5, topology: null);
        Assert.Equal((0, 5), ((long)heard["errorCode"]!, (long)heard["memberEpoch"]!));
    }

    private static async Task<string> DescribeAsync(Dialogues.DialogueConnection client)
    {
        var answer = await client.AskAsync(StreamsGroupDescribe, 0, new JsonObject { ["groupIds"] = new JsonArray("words-app"), ["includeAuthorizedOperations"] = false });
        var described = answer["groups"]![0]!;
        return $"{described["groupState"]} epoch {described["groupEpoch"]} target {described["assignmentEpoch"]}";
    }

    /// <summary>As the client had it that used the group.</summary>
    private static JsonObject Topology(JsonArray changelogs) => new()
    {
        ["epoch"] = 0L,
        ["subtopologies"] = new JsonArray(
            Subtopology("0", sources: ["words-in"], sinks: [$"{Store}-repartition"], repartition: [], changelogs: []),
            Subtopology("1", sources: [], sinks: [], repartition: [Repartition()], changelogs)),
    };

    private static JsonObject Subtopology(string id, JsonArray sources, JsonArray sinks, JsonArray repartition, JsonArray changelogs) => new()
    {
        ["subtopologyId"] = id,
        ["sourceTopics"] = sources,
        ["sourceTopicRegex"] = new JsonArray(),
        ["stateChangelogTopics"] = changelogs,
        ["repartitionSinkTopics"] = sinks,
        ["repartitionSourceTopics"] = repartition,
        ["copartitionGroups"] = new JsonArray(),
    };

    private static JsonObject Changelog() => Topic("changelog", ("cleanup.policy", "compact"), ("message.timestamp.type", "CreateTime"));

    private static JsonObject Repartition() => Topic(
        "repartition", ("cleanup.policy", "delete"), ("message.timestamp.type", "CreateTime"), ("retention.ms", "-1"), ("segment.bytes", "52428800"));

    private static JsonObject Topic(string kind, params (string Key, string Value)[] configs) => new()
    {
        ["name"] = $"{Store}-{kind}",
        ["partitions"] = 0L,
        ["replicationFactor"] = -1L,
        ["topicConfigs"] = new JsonArray([.. configs.Select(config => (JsonNode)new JsonObject { ["key"] = config.Key, ["value"] = config.Value })]),
    };

    private static async Task<JsonNode> BeatAsync(Dialogues.DialogueConnection client, long epoch, JsonObject? topology) =>
        await client.AskAsync(StreamsGroupHeartbeat, 1, new JsonObject
        {
            ["groupId"] = "words-app",
            ["memberId"] = "member",
            ["memberEpoch"] = epoch,
            ["endpointInformationEpoch"] = 0L,
            ["instanceId"] = null,
            ["rackId"] = null,
            ["rebalanceTimeoutMs"] = epoch == 0 ? 30_000L : -1L,
            ["topology"] = topology,
            ["activeTasks"] = epoch == 0 ? new JsonArray() : null,
            ["standbyTasks"] = epoch == 0 ? new JsonArray() : null,
            ["warmupTasks"] = epoch == 0 ? new JsonArray() : null,
            ["processId"] = "process",
            ["userEndpoint"] = null,
            ["clientTags"] = null,
            ["taskOffsets"] = null,
            ["taskEndOffsets"] = null,
            ["shutdownApplication"] = false,
        });
}
