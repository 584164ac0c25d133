using System.Text.Json.Nodes;

namespace Moldau.Conformance.Dialogues;

public sealed class AnswerMatcherTests
{
    private readonly Placeholders _names = new();

    [Theory]
    [InlineData("""{"a": 1, "b": "x", "c": null, "d": true}""", """{"d": true, "c": null, "b": "x", "a": 1}""")]
    [InlineData("[1, 2, 3]", "[3, 1, 2]")]
    [InlineData("""{"topics": [{"n": "a"}, {"n": "b"}]}""", """{"topics": [{"n": "b"}, {"n": "a"}]}""")]
    [InlineData("""{"m": "${any}"}""", """{"m": null}""")]
    [InlineData("""{"m": "${text}"}""", """{"m": "words"}""")]
    [InlineData("""{"m": "at ${port:PLAINTEXT} of ${host}."}""", """{"m": "at 9092 of localhost."}""")]
    [InlineData("""{"l": {"${contains}": [{"k": 2}]}}""", """{"l": [{"k": 1}, {"k": 2}, {"k": 3}]}""")]
    [InlineData("1", "1.0")]
    public void An_answer_that_fits_is_accepted(string expected, string actual) => Assert.Null(Match(expected, actual));

    [Theory]
    [InlineData("""{"a": 1}""", """{"a": 2}""", ".a: 2 instead of 1")]
    [InlineData("""{"a": 1}""", """{"a": "1"}""", ".a: \"1\" instead of 1")]
    [InlineData("""{"a": 1}""", """{"a": true}""", ".a: true instead of 1")]
    [InlineData("""{"a": null}""", """{"a": ""}""", ".a: \"\" instead of null")]
    [InlineData("""{"a": ""}""", """{"a": null}""", ".a: null instead of ''")]
    [InlineData("""{"a": 1}""", "{}", ".a: missing")]
    [InlineData("{}", """{"a": 1}""", ".a: not expected (1)")]
    [InlineData("[1, 2]", "[1]", ": 1 elements instead of 2: [1]")]
    [InlineData("[1, 2]", "[1, 3]", "[1]: 3 instead of 2")]
    [InlineData("[1, 1, 2]", "[1, 2, 2]", "[1]: 2 instead of 1")]
    [InlineData("""{"records": [1, 2]}""", """{"records": [2, 1]}""", ".records[0]: 2 instead of 1")]
    [InlineData("""{"m": "${text}"}""", """{"m": ""}""", ".m: \"\" is no text")]
    [InlineData("""{"m": "${now}"}""", """{"m": 1000}""", ".m: 1000 is no time near now")]
    [InlineData("""{"m": "${topicId1}"}""", """{"m": "AAAAAAAAAAAAAAAAAAAAAA"}""", ".m: the zero topic id")]
    [InlineData("""{"m": "${memberId1}"}""", """{"m": null}""", ".m: null cannot be what ${memberId1} stands for")]
    [InlineData("\"closed\"", "\"timeout\"", ": 'timeout' instead of 'closed'")]
    public void An_answer_that_does_not_fit_is_said_to_differ_where_it_does(string expected, string actual, string difference) =>
        Assert.Equal(difference, Match(expected, actual));

    [Fact]
    public void A_name_stands_for_the_value_that_it_met_first()
    {
        Assert.Null(Match("""["${memberId1}", "${memberId1}", "${memberId2}"]""", """["x", "x", "y"]"""));
        Assert.Null(Match("\"${memberId1}\"", "\"x\""));
        Assert.Equal(": \"z\", but ${memberId2} was \"y\"", Match("\"${memberId2}\"", "\"z\""));
    }

    [Fact]
    public void What_a_refused_element_bound_is_forgotten()
    {
        const string expected = """[{"id": "${a}", "n": 1}, {"id": "${b}", "n": 2}]""";
        Assert.Null(Match(expected, """[{"id": "q", "n": 2}, {"id": "p", "n": 1}]"""));
        Assert.Equal(("p", "q"), (_names.Text("a"), _names.Text("b")));
    }

    [Fact]
    public void An_element_with_bound_names_chooses_before_one_with_open_names()
    {
        _names["leader"] = JsonValue.Create("m2");
        Assert.Null(Match("""{"members": ["${other}", "${leader}"]}""", """{"members": ["m2", "m1"]}"""));
        Assert.Equal("m1", _names.Text("other"));
    }

    [Fact]
    public void A_time_near_now_is_accepted()
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        Assert.Null(Match("\"${now}\"", $"{now - 1000}"));
    }

    [Fact]
    public void A_bound_name_inside_a_text_stands_for_itself()
    {
        _names["topicId1"] = JsonValue.Create("a+b");
        Assert.Null(Match("\"g:${topicId1}:0\"", "\"g:a+b:0\""));
        Assert.NotNull(Match("\"g:${topicId1}:0\"", "\"g:aab:0\""));
    }

    private string? Match(string expected, string actual) =>
        new AnswerMatcher("a", TimeProvider.System).Match(JsonNode.Parse(expected), JsonNode.Parse(actual), _names);
}
