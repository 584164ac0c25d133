namespace Moldau.Coordination.Tests.Groups;

/// <summary>All patterns of a group are looked up at once, so they are bounded.</summary>
public sealed class PatternLimitTests
{
    [Fact]
    public void No_more_than_a_hundred_different_patterns_are_taken_into_a_group()
    {
        string hundred = string.Join('\n', Enumerable.Range(1, 100).Select(number => $"beat m{number} pattern=a{number}"));

        string played = ScenarioRun.Play($"{hundred}\nbeat first pattern=a101\nbeat second pattern=a100");

        Assert.Contains("reply first beat: InvalidRegularExpression", played);
        Assert.DoesNotContain("reply second beat: InvalidRegularExpression", played);
        Assert.DoesNotContain("reply m100 beat: InvalidRegularExpression", played);
    }

    [Fact]
    public void A_pattern_that_costs_too_much_to_look_up_matches_nothing_and_that_is_told_once()
    {
        const string Pattern = "[ab]*a[ab]{100}c|a.*";

        string played = ScenarioRun.Play($"topic u\n{CostlyTopics()}\nbeat m topics=u pattern={Pattern}\nadvance 0\ntopic v\nbeat m epoch=2 owns=u-0\nadvance 1000");

        Assert.Equal(2, played.Split($"pattern g '{Pattern}'").Length - 1);
        Assert.Contains($"record pattern g '{Pattern}': []", played);
        Assert.Contains($"pattern g '{Pattern}' is given up: it costs too much", played);
    }

    [Fact]
    public void Patterns_that_cost_too_much_together_match_nothing_from_where_it_is_too_much()
    {
        string members = string.Join('\n', Enumerable.Range(10, 30).Select(number => $"beat m{number} pattern=[ab]*a[ab]{{{number + 70}}}c|u"));

        string played = ScenarioRun.Play($"topic u\n{CostlyTopics()}\nbeat cheap pattern=u.*\n{members}\nbeat late pattern=u|v\nadvance 0");

        Assert.Contains("record pattern g 'u.*': [u]", played);
        Assert.Contains("pattern g 'u|v' is given up", played);
    }

    private static string CostlyTopics()
    {
        var random = new Random(1);
        string Topic(int number) => $"topic {string.Concat(Enumerable.Range(0, 248).Select(_ => random.Next(2) == 0 ? 'a' : 'b'))} id=t{number}";
        return string.Join('\n', Enumerable.Range(1, 50).Select(Topic));
    }
}
