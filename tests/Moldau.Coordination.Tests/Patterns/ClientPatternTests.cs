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
    [InlineData("", "", true)]
    [InlineData("", "a", false)]
    [InlineData("a?b*c+", "bbc", true)]
    [InlineData("a?b*c+", "aabc", false)]
    [InlineData("(ab){2}", "abab", true)]
    [InlineData("(ab){2,}?", "ababab", true)]
    [InlineData("(ab){2,3}", "abababab", false)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData("(a*)*b", "aab", true)]
    [InlineData("(?P<name>a)(?<other>b)(?:c)", "abc", true)]
    [InlineData("a(?i)b(?-i)c", "aBc", true)]
    [InlineData("a(?i)b(?-i)c", "aBC", false)]
    [InlineData("(?i:a)b", "Ab", true)]
    [InlineData("(?i:a)b", "AB", false)]
    [InlineData("(?i)[^a]", "A", false)]
    [InlineData("(?s)t.x", "t\nx", true)]
    [InlineData("(?m)a$\n^b", "a\nb", true)]
    [InlineData("^a$", "a", true)]
    [InlineData("a^b", "ab", false)]
    [InlineData(@"\Aorders\z", "orders", true)]
    [InlineData(@"orders\b.*", "orders-2", true)]
    [InlineData(@"orders\b.*", "orders2", false)]
    [InlineData(@"orders\B.*", "orders2", true)]
    [InlineData(@"[\w.]+\.\d\S", "a.b.1x", true)]
    [InlineData(@"\W\D\s", "-x ", true)]
    [InlineData("[]a-c-]+", "]b-", true)]
    [InlineData("[^a-c]", "b", false)]
    [InlineData("[[:upper:][:^alpha:]]+", "A1", true)]
    [InlineData("[[:upper:][:^alpha:]]+", "a", false)]
    [InlineData(@"\pL\p{Lu}\P{Lu}", "aÄä", true)]
    [InlineData(@"\x41\x{1F600}\101", "A😀A", false)]
    [InlineData(@"\x41\x{1F600}", "A😀", true)]
    [InlineData("(?i)ä", "Ä", true)]
    [InlineData(".", "😀", true)]
    [InlineData(@"\Qa.b*\E+", "a.b**", true)]
    [InlineData(@"\Qa.b", "a.b", true)]
    [InlineData(@"\.\-", ".-", true)]
    [InlineData("a||b", "", true)]
    public void A_pattern_matches_the_whole_name(string pattern, string name, bool matches) =>
        Assert.Equal(matches, ClientPattern.Matcher(pattern)?.Matches(name) == true);

    [Theory]
    [InlineData("(?x)a#")]
    [InlineData("a(?#")]
    [InlineData(@"(a)\1")]
    [InlineData("(?<=a)b")]
    [InlineData("(?>a+)b")]
    [InlineData("(a{1000}){1000}")]
    [InlineData("((){1000}){1000}")]
    [InlineData("a{1001}")]
    [InlineData("a{2,1}")]
    [InlineData("a**")]
    [InlineData("*a")]
    [InlineData("(a")]
    [InlineData("[a")]
    [InlineData("[b-a]")]
    [InlineData(@"[\d-z]")]
    [InlineData("[[:nothing:]]")]
    [InlineData("a\\")]
    [InlineData(@"\q")]
    [InlineData(@"\p{Greek}")]
    [InlineData("(?<>a)")]
    [InlineData("(?i")]
    [InlineData("[a]]{1000}((b{10}){10}){10}{10}")]
    public void What_cannot_be_read_or_matched_in_bounded_time_is_refused(string pattern) => Assert.NotNull(ClientPattern.Fault(pattern));

    [Fact]
    public void A_pattern_that_is_too_long_is_refused() => Assert.NotNull(ClientPattern.Fault(new string('a', 1_001)));

    [Fact]
    public void Choices_inside_of_repetitions_cost_no_more_than_the_name_is_long()
    {
        // An engine that goes back would try 2 to the power of 200 ways.
        string name = new string('a', 200) + "!";
        Assert.False(ClientPattern.Matcher("(a|a)*(a|aa)+b")!.Matches(name));
        Assert.False(ClientPattern.Matcher("(.*a){20}b")!.Matches(name));
    }

    [Theory]
    [InlineData("(?:[ab]*a[ab]{60}c|[ab]*b[ab]{70}c|[ab]*a[ab]{80}c|[ab]*b[ab]{90}c|[ab]*a[ab]{100}c|[ab]*b[ab]{110}c)")]
    [InlineData("(.*a.{300}){3}")]
    public void A_pattern_with_more_states_than_can_be_afforded_is_given_up(string pattern)
    {
        const int AllocatedMax = 50_000_000;
        var random = new Random(1);
        string[] names = [.. Enumerable.Range(0, 200).Select(_ => string.Concat(Enumerable.Range(0, 248).Select(_ => random.Next(2) == 0 ? 'a' : 'b')))];
        var matcher = ClientPattern.Matcher(pattern)!;
        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.DoesNotContain(names, matcher.Matches);
        Assert.True(matcher.IsExhausted);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, AllocatedMax);
    }

    [Fact]
    public void A_long_list_of_names_matches_them_all()
    {
        string[] names = [.. Enumerable.Range(0, 100).Select(number => $"topic-{number * 7919}")];
        var matcher = ClientPattern.Matcher($"({string.Join('|', names.Take(75))})(-retry|-[0-9]{{1,5}})?")!;
        Assert.Equal(75, names.Count(matcher.Matches));
        Assert.Equal(75, names.Count(name => matcher.Matches($"{name}-retry")));
        for (int number = 0; number < 100_000; number++) matcher.Matches($"{names[0]}-{number}");
        Assert.False(matcher.IsExhausted);
    }
}
