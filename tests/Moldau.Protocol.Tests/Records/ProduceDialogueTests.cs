using System.Globalization;
using System.Text.Json;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Protocol.Tests.Records;

public sealed class ProduceDialogueTests
{
    /// <summary>The codes that the records alone decide; all others depend on the topic's existence, rights, acks or the producer's past.</summary>
    private static readonly int[] CodesOfRecords = [0, -1, 2, 10, 32, 76, 87];

    [Fact]
    public void Records_of_the_recorded_Produce_requests_are_answered_as_Kafka_answered_them()
    {
        int compared = 0;
        foreach (string line in Fixture.Lines("dialogues/03_produce.main.jsonl"))
        {
            var scenario = JsonDocument.Parse(line).RootElement;
            var topics = new Dictionary<string, BatchRules>();
            foreach (var step in scenario.GetProperty("steps").EnumerateArray())
            {
                if (!step.TryGetProperty("api", out var api)) continue;
                if (api.GetString() == "CreateTopics") AddTopics(topics, step);
                if (api.GetString() == "Produce") compared += Compare(scenario.GetProperty("id").GetString()!, topics, step);
            }
        }
        Assert.InRange(compared, 150, int.MaxValue);
    }

    private static void AddTopics(Dictionary<string, BatchRules> topics, JsonElement step)
    {
        foreach (var topic in step.GetProperty("request").GetProperty("topics").EnumerateArray())
        {
            string name = topic.GetProperty("name").GetString()!;
            var rules = RulesOf(topic.GetProperty("configs"));
            topics[name] = rules;
            foreach (var made in step.GetProperty("response").GetProperty("topics").EnumerateArray())
            {
                bool same = made.GetProperty("name").GetString() == name && made.TryGetProperty("topicId", out _);
                if (same) topics[made.GetProperty("topicId").GetString()!] = rules;
            }
        }
    }

    private static int Compare(string id, Dictionary<string, BatchRules> topics, JsonElement step)
    {
        if (step.GetProperty("response").ValueKind != JsonValueKind.Object) return 0;
        var answers = PartitionsOf(step.GetProperty("response").GetProperty("responses"), "partitionResponses");
        int compared = 0;
        foreach (var sent in PartitionsOf(step.GetProperty("request").GetProperty("topicData"), "partitionData"))
        {
            var answer = answers.Single(each => each.Topic == sent.Topic && Index(each.Partition) == Index(sent.Partition)).Partition;
            if (!topics.TryGetValue(sent.Topic, out var rules) || !CodesOfRecords.Contains(answer.GetProperty("errorCode").GetInt32())) continue;
            AssertAnswer(id, Judge(sent.Partition.GetProperty("records"), step.GetProperty("version").GetInt16(), rules), answer);
            compared++;
        }
        return compared;
    }

    private static void AssertAnswer(string id, BatchVerdict verdict, JsonElement answer)
    {
        Assert.Equal((id, answer.GetProperty("errorCode").GetInt32()), (id, (short)verdict.Error));
        if (answer.TryGetProperty("logStartOffset", out var start)) Assert.Equal((id, start.GetInt64() >= 0), (id, verdict.TellsLogStart));
        if (!answer.TryGetProperty("recordErrors", out var errors)) return;
        var expected = errors.EnumerateArray().Select(error => error.GetProperty("batchIndex").GetInt32());
        Assert.Equal(expected, (verdict.RecordErrors ?? []).Select(error => error.Index));
        Assert.Equal((id, answer.GetProperty("errorMessage").ValueKind == JsonValueKind.Null), (id, verdict.ErrorMessage is null));
    }

    private static BatchVerdict Judge(JsonElement records, short version, BatchRules rules)
    {
        var hex = records.ValueKind == JsonValueKind.Object ? records.GetProperty("hex") : records;
        var bytes = Convert.FromHexString(hex.GetString()!);
        if (records.ValueKind == JsonValueKind.Object) BatchHeader.StampCrc(bytes);
        var fault = BatchValidator.CheckRequest(bytes, version, out var batch);
        return fault == BatchFault.None ? BatchValidator.Validate(batch, rules, ProducedBatch.Now) : BatchVerdict.Of(fault);
    }

    private static List<(string Topic, JsonElement Partition)> PartitionsOf(JsonElement topics, string partitions) =>
        [.. from topic in topics.EnumerateArray()
            from partition in topic.GetProperty(partitions).EnumerateArray()
            select ((topic.TryGetProperty("name", out var name) ? name : topic.GetProperty("topicId")).GetString()!, partition)];

    private static int Index(JsonElement partition) => partition.GetProperty("index").GetInt32();

    private static BatchRules RulesOf(JsonElement configs)
    {
        var rules = BatchRules.Default;
        foreach (var config in configs.EnumerateArray())
        {
            string value = config.GetProperty("value").GetString()!;
            rules = config.GetProperty("name").GetString() switch
            {
                "cleanup.policy" => rules with { KeysRequired = value.Contains("compact", StringComparison.Ordinal) },
                "message.timestamp.type" => rules with { TimestampType = Enum.Parse<TimestampType>(value) },
                "message.timestamp.before.max.ms" => rules with { TimestampBeforeMaxMs = long.Parse(value, CultureInfo.InvariantCulture) },
                "max.message.bytes" => rules with { BatchBytesMax = int.Parse(value, CultureInfo.InvariantCulture) },
                "compression.type" => rules with { Compression = CompressionOf(value) },
                _ => rules,
            };
        }
        return rules;
    }

    private static CompressionSetting? CompressionOf(string type) => type switch
    {
        "producer" => null,
        "uncompressed" => CompressionSetting.Default(CompressionCodec.None),
        _ => CompressionSetting.Default(Enum.Parse<CompressionCodec>(type, ignoreCase: true)),
    };
}
