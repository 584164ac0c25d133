namespace Moldau.Conformance.Dialogues;

/// <summary>
/// Everything that was recorded with a real Kafka, asked of Moldau. Alone on the machine: some answers have a time within which they must
/// come. <c>MOLDAU_SCENARIO=06-012</c> narrows the run.
/// </summary>
[Collection(nameof(MainDialogueTests))]
[CollectionDefinition(nameof(MainDialogueTests), DisableParallelization = true)]
public sealed class MainDialogueTests(MainDialogueRun run) : IClassFixture<MainDialogueRun>
{
    public static IEnumerable<TheoryDataRow<string>> Scenarios =>
        DialogueFiles.Chosen.Select(scenario => new TheoryDataRow<string>(scenario.Id) { TestDisplayName = $"{scenario}" });

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Moldau_answers_as_Kafka_does(string id)
    {
        string? difference = run.DifferenceIn(id);
        if (!Exclusion.All.TryGetValue(id, out var exclusion))
            Assert.True(difference is null, difference);
        else if (difference is null)
            Assert.Fail($"This scenario passes. Remove it from not-yet.txt, where it stands because it {exclusion.Reason}.");
        else
            Assert.Skip(exclusion.Reason);
    }
}
