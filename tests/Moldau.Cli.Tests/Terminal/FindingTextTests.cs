using Moldau.Cli.Analyses;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Tests.Terminal;

public class FindingTextTests
{
    [Fact]
    public void Words_come_with_their_number_and_the_alert()
    {
        Assert.Equal("check me\t2 words", FindingText.Plain(new Finding.Words("check me", 2, AlertAbove: null)));
        Assert.Equal("one\t1 word", FindingText.Plain(new Finding.Words("one", 1, AlertAbove: null)));
        Assert.Equal(
            "a b c d e f g\t7 words\tALERT: more than 6 words",
            FindingText.Plain(new Finding.Words("a b c d e f g", 7, AlertAbove: 6)));
    }

    [Fact]
    public void A_mean_comes_first_so_that_the_first_field_is_the_number()
    {
        Assert.Equal("1.50", FindingText.Plain(new Finding.NoMeanYet("1.50")));
        Assert.Equal("2\tmean of 1, 2, 3", FindingText.Plain(new Finding.Mean(2, [1, 2, 3])));
        Assert.Equal("1\tmean of the last 6", FindingText.Plain(new Finding.Mean(1, [1, 1, 1, 1, 1, 1])));
    }

    [Fact]
    public void One_message_is_one_line_without_control_of_the_terminal()
    {
        Assert.Equal(@"a\nb\u001b[2J", FindingText.Plain(new Finding.Line("a\nb\u001b[2J\n")));
        Assert.Equal("tab\there", FindingText.Plain(new Finding.Line("tab\there\r\n")));
    }

    [Fact]
    public void Where_there_are_several_fields_a_text_is_one_of_them()
    {
        Assert.Equal("a\\tb\t2 words", FindingText.Plain(new Finding.Words("a\tb", 2, AlertAbove: null)));
    }

    [Fact]
    public void Markup_of_a_message_is_shown_and_not_followed() =>
        Assert.Equal("[[red]]hot[[/]]  [grey]1 word[/]", FindingText.Markup(new Finding.Words("[red]hot[/]", 1, AlertAbove: null)));

    [Fact]
    public void Json_has_the_text_as_it_was_sent()
    {
        var message = new Message("numbers", 2, 17, 1_700_000_000_000, "3\n");
        Assert.Equal(
            """{"topic":"numbers","partition":2,"offset":17,"timestamp":1700000000000,"text":"3\n","mean":2,"of":[1,2,3]}""",
            FindingText.Json(message, new Finding.Mean(2, [1, 2, 3])));
        Assert.EndsWith("""
            "text":"3\n","mean":null}
            """, FindingText.Json(message, new Finding.NoMeanYet("3")), StringComparison.Ordinal);
        Assert.EndsWith("""
            "words":1,"alert":false}
            """, FindingText.Json(message, new Finding.Words("3", 1, AlertAbove: null)), StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_left_out_is_reported_with_topic_partition_and_offset() =>
        Assert.Equal(
            "numbers, partition 2, offset 17: no finite number, left out: oops",
            FindingText.LeftOut(new Message("numbers", 2, 17, 0, "oops\n")));
}
