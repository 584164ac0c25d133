namespace Moldau.Conformance.Dialogues;

/// <summary>The list of scenarios that do not apply yet can only shrink.</summary>
public sealed class ExclusionTests
{
    private const int ListedMax = 100;

    [Fact]
    public void No_scenario_is_added_to_the_list() => Assert.True(Exclusion.All.Count <= ListedMax, $"{Exclusion.All.Count} scenarios are listed.");

    [Fact]
    public void Every_listed_scenario_exists() =>
        Assert.Empty(Exclusion.All.Keys.Except(DialogueFiles.All.Select(scenario => scenario.Id)));

    [Fact]
    public void Every_listed_scenario_needs_what_the_list_says()
    {
        var wrong = DialogueFiles.All
            .Where(scenario => Exclusion.All.TryGetValue(scenario.Id, out var listed) && !Exclusion.ReasonsFor(scenario).Contains(listed.Reason))
            .Select(scenario => $"{scenario}: {Exclusion.All[scenario.Id].Reason}");
        Assert.Empty(wrong);
    }
}
