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
}
