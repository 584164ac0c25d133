using CsCheck;
using Moldau.Cli.Analyses;

namespace Moldau.Cli.Tests.Analyses;

public class WordCountTests
{
    [Theory]
    [InlineData("", 0)]
    [InlineData("   \t ", 0)]
    [InlineData("one", 1)]
    [InlineData("  lets   try\ta longer one ", 5)]
    [InlineData("it's one-word, and 2 more", 5)]
    [InlineData("no\u00A0break\u2003space\u3000counts\u0085too\u2028here", 6)]
    [InlineData("zero\u200Bwidth is no white space", 5)]
    [InlineData("Příliš žluťoučký kůň", 3)]
    [InlineData("smile 😀😀 twice", 3)]
    public void A_word_is_a_run_of_characters_that_are_not_white_space(string text, int words) =>
        Assert.Equal(words, WordCount.Count(text));

    [Fact]
    public void Six_words_raise_no_alert()
    {
        var finding = new WordCount(6).Take(Text("one two three four five six"));
        Assert.Equal(new Finding.Words("one two three four five six", 6, AlertAbove: null), finding);
    }

    [Fact]
    public void Seven_words_raise_the_alert()
    {
        var finding = new WordCount(6).Take(Text("one two three four five six seven"));
        Assert.Equal(new Finding.Words("one two three four five six seven", 7, AlertAbove: 6), finding);
    }

    [Fact]
    public void A_blank_line_is_a_message_of_no_words() =>
        Assert.Equal(new Finding.Words("", 0, AlertAbove: null), new WordCount(6).Take(Text("")));

    [Fact]
    public void The_count_is_that_of_the_frameworks_own_split() =>
        Gen.String[Gen.Char[" \t\u00A0\u3000ab\u200Bß\uD83D\uDE00"], 0, 40].Sample(text =>
            WordCount.Count(text) == text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Length);

    private static Message Text(string text) => new("lines", 0, 0, 0, text);
}
