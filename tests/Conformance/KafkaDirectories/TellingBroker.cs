using System.Globalization;
using System.Text.Json.Nodes;
using Moldau.Conformance.Clients;
using Moldau.Conformance.Dialogues;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>Asks a broker for all that it tells its clients, in the form of the JSON beside the directories.</summary>
internal sealed class TellingBroker(DialogueConnection client)
{
    private const short Fetch = 1, ListOffsets = 2, Metadata = 3, OffsetFetch = 9, ListGroups = 16, ApiVersions = 18, DescribeConfigs = 32, DescribeScram = 50, DescribeProducers = 61, DescribeTransactions = 65, ListTransactions = 66, DescribeShareGroupOffsets = 90;

    private const long Latest = -1, Earliest = -2, MaxTimestamp = -3;
    private const long SetForTheTopic = 1;

    /// <summary>Topics of which the JSON has a checksum in place of the records.</summary>
    private static readonly string[] Summarized = ["segments", "retained"];

    /// <summary>Completes when no transaction is being ended.</summary>
    public async Task MarkersWrittenAsync()
    {
        var preparing = Object(("stateFilters", List("PrepareCommit", "PrepareAbort")), ("producerIdFilters", new JsonArray()), ("durationFilter", -1), ("transactionalIdPattern", null));
        await Eventually.IsAsync(0, async () => (await AskAsync(ListTransactions, 2, preparing))["transactionStates"]!.AsArray().Count);
    }

    public async Task<JsonObject> TellAsync()
    {
        var metadata = await AskAsync(Metadata, 12, Object(("topics", null), ("allowAutoTopicCreation", false), ("includeTopicAuthorizedOperations", false)));
        var topics = metadata["topics"]!.AsArray().OrderBy(topic => Text(topic!["name"]), StringComparer.Ordinal).Select(topic => topic!.AsObject()).ToList();
        var told = new JsonObject
        {
            ["clusterId"] = metadata["clusterId"]!.DeepClone(),
            ["topics"] = new JsonObject(),
            ["groups"] = await GroupsAsync(),
            ["scramUsers"] = await ScramUsersAsync(),
            ["transactions"] = await TransactionsAsync(),
            ["features"] = await FeaturesAsync(),
            ["read_uncommitted"] = new JsonObject(),
            ["read_committed"] = new JsonObject(),
        };
        foreach (var topic in topics) told["topics"]![Text(topic["name"])] = await TopicAsync(topic);
        foreach (var topic in topics.Where(topic => !topic["isInternal"]!.GetValue<bool>())) await AddRecordsAsync(told, topic);
        return told;
    }

    private async Task<JsonObject> TopicAsync(JsonObject topic)
    {
        string name = Text(topic["name"]);
        bool isInternal = topic["isInternal"]!.GetValue<bool>();
        int count = topic["partitions"]!.AsArray().Count;
        var offsets = new JsonArray();
        for (int partition = 0; partition < count; partition++) offsets.Add(await OffsetsAsync(name, partition, isInternal));
        return Object(("id", topic["topicId"]!.DeepClone()), ("partitions", count), ("internal", isInternal), ("configs", await ConfigsAsync(name)), ("offsets", offsets));
    }

    private async Task<JsonObject> OffsetsAsync(string topic, int partition, bool isInternal)
    {
        var newest = await OffsetAsync(topic, partition, MaxTimestamp, isolation: 0);
        return Object(
            ("earliest", (await OffsetAsync(topic, partition, Earliest, isolation: 0)).Offset),
            ("latest", (await OffsetAsync(topic, partition, Latest, isolation: 0)).Offset),
            ("lastStable", (await OffsetAsync(topic, partition, Latest, isolation: 1)).Offset),
            ("maxTimestampOffset", newest.Offset),
            ("maxTimestamp", newest.Timestamp),
            ("producers", isInternal ? new JsonArray() : await ProducersAsync(topic, partition)));
    }

    private async Task<(long Offset, long Timestamp)> OffsetAsync(string topic, int partition, long timestamp, int isolation)
    {
        var wanted = Object(("partitionIndex", partition), ("currentLeaderEpoch", -1), ("timestamp", timestamp));
        var answer = await AskAsync(ListOffsets, 8, Object(
            ("replicaId", -1), ("isolationLevel", isolation), ("topics", List(Object(("name", topic), ("partitions", List(wanted)))))));
        var found = answer["topics"]![0]!["partitions"]![0]!;
        Assert.True(Number(found["errorCode"]) == 0, $"{topic}-{partition}: error {found["errorCode"]}");
        return (Number(found["offset"]), Number(found["timestamp"]));
    }

    private async Task<JsonArray> ProducersAsync(string topic, int partition)
    {
        var answer = await AskAsync(DescribeProducers, 0, Object(("topics", List(Object(("name", topic), ("partitionIndexes", List(partition)))))));
        return List([.. answer["topics"]![0]!["partitions"]![0]!["activeProducers"]!.AsArray().OrderBy(producer => Number(producer!["producerId"])).Select(producer => Object(
            ("producerId", Copy(producer!["producerId"])),
            ("epoch", Copy(producer["producerEpoch"])),
            ("lastSequence", Copy(producer["lastSequence"])),
            ("lastTimestamp", Copy(producer["lastTimestamp"])),
            ("transactionStart", Copy(producer["currentTxnStartOffset"]))))]);
    }

    private async Task<JsonObject> ConfigsAsync(string topic)
    {
        var answer = await AskAsync(DescribeConfigs, 4, Object(
            ("resources", List(Object(("resourceType", 2), ("resourceName", topic), ("configurationKeys", null)))),
            ("includeSynonyms", false),
            ("includeDocumentation", false)));
        var set = answer["results"]![0]!["configs"]!.AsArray().Where(config => Number(config!["configSource"]) == SetForTheTopic);
        return Object([.. set.Select(config => (Text(config!["name"]), Copy(config["value"])))]);
    }

    private async Task<JsonObject> GroupsAsync()
    {
        var listed = await AskAsync(ListGroups, 5, Object(("statesFilter", new JsonArray()), ("typesFilter", new JsonArray())));
        var groups = new JsonObject();
        foreach (var group in listed["groups"]!.AsArray())
        {
            string name = Text(group!["groupId"]), type = Text(group["groupType"]);
            var told = groups[name] = Object(("type", char.ToUpperInvariant(type[0]) + type[1..]), ("protocol", Copy(group["protocolType"])));
            if (type == "share") told["shareOffsets"] = await ShareOffsetsAsync(name);
            else told["offsets"] = await GroupOffsetsAsync(name);
        }
        return groups;
    }

    /// <summary>As the Java client shows them, which has nothing to say of a partition without a start.</summary>
    private async Task<JsonObject> ShareOffsetsAsync(string group)
    {
        var answer = await AskAsync(DescribeShareGroupOffsets, 1, Object(("groups", List(Object(("groupId", group), ("topics", null))))));
        var offsets = new JsonObject();
        foreach (var topic in answer["groups"]![0]!["topics"]!.AsArray())
        {
            foreach (var partition in topic!["partitions"]!.AsArray())
            {
                offsets[$"{topic["topicName"]}-{partition!["partitionIndex"]}"] = Number(partition["startOffset"]) < 0 ? "null"
                    : $"SharePartitionOffsetInfo{{startOffset={partition["startOffset"]}, leaderEpoch={partition["leaderEpoch"]}, lag={partition["lag"]}}}";
            }
        }
        return offsets;
    }

    private async Task<JsonObject> GroupOffsetsAsync(string group)
    {
        var answer = await AskAsync(OffsetFetch, 8, Object(("groups", List(Object(("groupId", group), ("topics", null)))), ("requireStable", false)));
        var offsets = new JsonObject();
        foreach (var topic in answer["groups"]![0]!["topics"]!.AsArray())
        {
            foreach (var partition in topic!["partitions"]!.AsArray().Where(partition => Number(partition!["committedOffset"]) >= 0))
            {
                offsets[$"{topic["name"]}-{partition!["partitionIndex"]}"] = Object(
                    ("offset", Copy(partition["committedOffset"])),
                    ("leaderEpoch", Copy(partition["committedLeaderEpoch"])),
                    ("metadata", Copy(partition["metadata"])));
            }
        }
        return offsets;
    }

    private async Task<JsonObject> TransactionsAsync()
    {
        var all = Object(("stateFilters", new JsonArray()), ("producerIdFilters", new JsonArray()), ("durationFilter", -1), ("transactionalIdPattern", null));
        var listed = await AskAsync(ListTransactions, 2, all);
        var ids = listed["transactionStates"]!.AsArray().Select(transaction => Copy(transaction!["transactionalId"]));
        var described = await AskAsync(DescribeTransactions, 0, Object(("transactionalIds", new JsonArray([.. ids]))));
        return Object([.. described["transactionStates"]!.AsArray().Select(transaction => (Text(transaction!["transactionalId"]), (JsonNode?)Transaction(transaction)))]);
    }

    private static JsonObject Transaction(JsonNode described)
    {
        var partitions = from topic in described["topics"]!.AsArray() from index in topic!["partitions"]!.AsArray() select $"{Text(topic["topic"])}-{Number(index)}";
        return Object(
            ("state", Copy(described["transactionState"])),
            ("producerId", Copy(described["producerId"])),
            ("epoch", Copy(described["producerEpoch"])),
            ("timeoutMs", Copy(described["transactionTimeoutMs"])),
            ("partitions", $"[{string.Join(", ", partitions.Order(StringComparer.Ordinal))}]"));
    }

    private async Task<JsonObject> ScramUsersAsync()
    {
        var answer = await AskAsync(DescribeScram, 0, Object(("users", null)));
        return Object([.. answer["results"]!.AsArray().Select(user => (Text(user!["user"]), (JsonNode?)List(
            [.. user["credentialInfos"]!.AsArray()
                .Select(info => JsonValue.Create($"SCRAM_SHA_{(Number(info!["mechanism"]) == 1 ? 256 : 512)}:{info["iterations"]}"))
                .OrderBy(Text, StringComparer.Ordinal)])))]);
    }

    private async Task<JsonObject> FeaturesAsync()
    {
        var answer = await AskAsync(ApiVersions, 4, Object(("clientSoftwareName", "directories"), ("clientSoftwareVersion", "1")));
        return Object([.. answer["finalizedFeatures"]!.AsArray().Select(feature => (Text(feature!["name"]), Copy(feature["maxVersionLevel"])))]);
    }

    private async Task AddRecordsAsync(JsonObject told, JsonObject topic)
    {
        string name = Text(topic["name"]);
        var offsets = told["topics"]![name]!["offsets"]!.AsArray();
        for (int partition = 0; partition < offsets.Count; partition++)
        {
            long earliest = Number(offsets[partition]!["earliest"]);
            string key = $"{name}-{partition.ToString(CultureInfo.InvariantCulture)}";
            told["read_uncommitted"]![key] = await RecordsAsync(name, partition, earliest, Number(offsets[partition]!["latest"]), isolation: 0);
            told["read_committed"]![key] = await RecordsAsync(name, partition, earliest, Number(offsets[partition]!["lastStable"]), isolation: 1);
        }
    }

    /// <summary>What a consumer gets that reads from one offset to another.</summary>
    private async Task<JsonNode> RecordsAsync(string topic, int partition, long from, long end, int isolation)
    {
        var consumed = new ConsumedRecords(readsCommitted: isolation == 1);
        for (long at = from; at < end;)
        {
            var answer = await AskAsync(Fetch, 12, FetchRequest(topic, partition, at, isolation));
            var read = answer["responses"]![0]!["partitions"]![0]!;
            Assert.True(Number(read["errorCode"]) == 0, $"{topic}-{partition} at {at}: error {read["errorCode"]}");
            foreach (var aborted in read["abortedTransactions"] as JsonArray ?? [])
                consumed.NoteAborted(Number(aborted!["producerId"]), Number(aborted["firstOffset"]));
            long next = consumed.Add(Convert.FromBase64String(Text(read["records"])), at);
            if (next == at) break;
            at = next;
        }
        return Summarized.Contains(topic) ? consumed.Summary() : consumed.Rows();
    }

    private static JsonObject FetchRequest(string topic, int partition, long offset, int isolation)
    {
        var wanted = Object(
            ("partition", partition), ("currentLeaderEpoch", -1), ("fetchOffset", offset), ("lastFetchedEpoch", -1), ("logStartOffset", -1), ("partitionMaxBytes", 1 << 20));
        return Object(
            ("replicaId", -1), ("maxWaitMs", 200), ("minBytes", 1), ("maxBytes", 1 << 22), ("isolationLevel", isolation), ("sessionId", 0), ("sessionEpoch", -1),
            ("topics", List(Object(("topic", topic), ("partitions", List(wanted))))), ("forgottenTopicsData", new JsonArray()), ("rackId", ""));
    }

    /// <summary>The codec takes numbers as a parser gives them.</summary>
    private Task<JsonObject> AskAsync(short key, short version, JsonObject request) =>
        client.AskAsync(key, version, JsonNode.Parse(request.ToJsonString())!.AsObject());

    private static JsonObject Object(params (string Name, JsonNode? Value)[] fields) => new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    private static JsonArray List(params JsonNode?[] elements) => new(elements);

    private static JsonNode? Copy(JsonNode? node) => node?.DeepClone();

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? "";

    private static long Number(JsonNode? node) => node!.GetValue<long>();
}
