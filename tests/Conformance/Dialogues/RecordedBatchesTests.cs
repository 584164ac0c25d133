using System.Text;
using System.Text.Json.Nodes;
using Moldau.TestKit;

namespace Moldau.Conformance.Dialogues;

public sealed class RecordedBatchesTests
{
    [Fact]
    public void Every_recorded_batch_is_shown_as_what_it_holds()
    {
        int count = 0;
        foreach (var line in Fixture.Lines("records/batches.jsonl").Select(text => JsonNode.Parse(text)!.AsObject()))
        {
            if (line["legacy"] is not null || line["expected"] is not JsonObject expected) continue;
            var batch = RecordedBatches.Show(Convert.FromHexString(line["hex"]!.GetValue<string>()))[0]!;
            foreach (string name in (string[])["baseOffset", "lastOffset", "codec", "producerId", "baseSequence", "maxTimestamp", "sizeInBytes", "partitionLeaderEpoch"])
                Assert.True(JsonNode.DeepEquals(expected[name], batch[name]), $"{line["case"]}: {name} is {batch[name]}");
            Assert.True(batch["crcValid"]!.GetValue<bool>(), $"{line["case"]}: checksum");
            CheckRecords(line["case"]!.GetValue<string>(), expected["records"]!.AsArray(), batch["records"]!.AsArray());
            count++;
        }
        Assert.True(count > 50, $"only {count} batches");
    }

    [Fact]
    public void Bytes_that_are_no_whole_batch_are_counted()
    {
        string batch = JsonNode.Parse(Fixture.Lines("records/batches.jsonl").First())!["hex"]!.GetValue<string>();
        var shown = RecordedBatches.Show(Convert.FromHexString(batch + batch[..20]));
        Assert.Equal("""{"incompleteTailBytes":10}""", shown[1]!.ToJsonString());
    }

    private static void CheckRecords(string name, JsonArray expected, JsonArray shown)
    {
        Assert.True(expected.Count == shown.Count, $"{name}: {shown.Count} records instead of {expected.Count}");
        foreach (var (want, got) in expected.Zip(shown))
        {
            Assert.True(JsonNode.DeepEquals(want!["offset"], got!["offset"]), $"{name}: offset {got["offset"]}");
            Assert.True(JsonNode.DeepEquals(want["timestamp"], got["timestamp"]), $"{name}: timestamp {got["timestamp"]}");
            if (got["controlType"] is null) Assert.Equal(ShownLength(want), LengthOf(got["value"]));
        }
    }

    private static int ShownLength(JsonNode want) =>
        want["valueLength"]?.GetValue<int>() ?? (want["value"]?.GetValue<string>().Length / 2 ?? -1);

    private static int LengthOf(JsonNode? shown) => shown?.GetValue<string>() switch
    {
        null => -1,
        ['(', .. var rest] => int.Parse(rest.Split(' ')[0], System.Globalization.CultureInfo.InvariantCulture),
        ['h', 'e', 'x', ':', .. var hex] => hex.Length / 2,
        var text => Encoding.UTF8.GetByteCount(text),
    };
}
