using System.Text.Json.Nodes;

namespace Moldau.Conformance.Dialogues;

public sealed class PlaceholdersTests
{
    private readonly Placeholders _names = new();

    [Fact]
    public void A_request_takes_the_values_with_their_types()
    {
        _names["sessionId1"] = JsonValue.Create(42);
        _names["topicId1"] = JsonValue.Create("abc");
        Assert.Equal("""{"s":42,"k":"g:abc:0","l":["abc"],"n":null}""",
            Fill("""{"s": "${sessionId1}", "k": "g:${topicId1}:0", "l": ["${topicId1}"], "n": null}"""));
    }

    [Fact]
    public void A_request_with_an_open_name_cannot_be_sent() =>
        Assert.Throws<InvalidOperationException>(() => Fill("\"${memberId1}\""));

    [Fact]
    public void A_producer_id_is_put_into_every_batch_and_the_checksum_set_anew()
    {
        string batch = JsonNode.Parse(TestKit.Fixture.Lines("records/batches.jsonl").First())!["hex"]!.GetValue<string>();
        _names["producerId1"] = JsonValue.Create(4711);
        string filled = Fill($$"""{"hex": "{{batch}}{{batch}}", "producerId": "${producerId1}"}""");
        var shown = RecordedBatches.Show(Convert.FromHexString(filled.Trim('"')));
        Assert.Equal(2, shown.Count);
        Assert.All(shown, found => Assert.Equal((4711, true), (found!["producerId"]!.GetValue<long>(), found["crcValid"]!.GetValue<bool>())));
    }

    private string Fill(string template) => _names.Fill(JsonNode.Parse(template), "a")!.ToJsonString();
}
