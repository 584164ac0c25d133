using Moldau.Coordination.Patterns;

namespace Moldau.Coordination.Tests.Patterns;

public sealed class ClientPatternTests
{
    [Theory]
    [InlineData("orders", "orders", true)]
    [InlineData("orders", "orders-2", false)]
    [InlineData("a|ab", "ab", true)]
    [InlineData("(?i)ORDERS", "orders", true)]
    [InlineData("t[0-9]{2,3}", "t123", true)]
    [InlineData("t.x", "t\nx", false)]
    [InlineData("a)|(?:b", "a", false)]
    public void A_pattern_matches_the_whole_name(string pattern, string name, bool matches) =>
        Assert.Equal(matches, ClientPattern.Match(pattern, [name]).Contains(name));

    [Theory]
    [InlineData("(?x)a#")]
    [InlineData("a(?#")]
    [InlineData(@"(a)\1")]
    [InlineData("(?<=a)b")]
    [InlineData("(?>a+)b")]
    [InlineData("(a{1000}){1000}")]
    [InlineData("[a]]{1000}((b{10}){10}){10}{10}")]
    public void What_cannot_be_matched_in_bounded_time_is_refused(string pattern) => Assert.NotNull(ClientPattern.Fault(pattern));

    [Fact]
    public void A_pattern_that_is_too_long_is_refused() => Assert.NotNull(ClientPattern.Fault(new string('a', 1_001)));

    [Fact]
    public void Choices_inside_of_repetitions_cost_no_more_than_the_name_is_long()
    {
        // An engine that goes back would try 2 to the power of 200 ways.
        string name = new string('a', 200) + "!";
        Assert.Empty(ClientPattern.Match("(a|a)*(a|aa)+b", [name]));
        Assert.Empty(ClientPattern.Match("(.*a){20}b", [name]));
    }

    [Theory]
    [InlineData("abc", 3)]
    [InlineData("(ab){10}", 20)]
    [InlineData("a{2,5}b", 6)]
    [InlineData("(a{10}b){10}", 110)]
    [InlineData(@"\{{3}[^]{9}]x", 5)]
    [InlineData("a{b}", 4)]
    [InlineData("((a{99999999}){99999999}){99999999}", int.MaxValue)]
    public void Repetitions_count_as_often_as_they_repeat(string pattern, long places) => Assert.Equal(places, PatternSize.Of(pattern));
}
