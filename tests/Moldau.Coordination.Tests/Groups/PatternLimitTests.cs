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
        var random = new Random(1);
        string Topic(int number) => $"topic {string.Concat(Enumerable.Range(0, 248).Select(_ => random.Next(2) == 0 ? 'a' : 'b'))} id=t{number}";
        string topics = string.Join('\n', Enumerable.Range(1, 50).Select(Topic));

        string played = ScenarioRun.Play($"topic u\n{topics}\nbeat m topics=u pattern={Pattern}\nadvance 0\ntopic v\nbeat m epoch=2 owns=u-0\nadvance 1000");

        Assert.Equal(2, played.Split($"pattern g '{Pattern}'").Length - 1);
        Assert.Contains($"record pattern g '{Pattern}': []", played);
        Assert.Contains($"pattern g '{Pattern}' is given up", played);
    }
}
