namespace Moldau.Conformance.Dialogues;

/// <summary>One run of all scenarios, in order, against one broker; the tests read what came of each.</summary>
public sealed class MainDialogueRun : IAsyncLifetime
{
    private static readonly TimeSpan PatienceWithListed = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, string?> _differences = new(StringComparer.Ordinal);

    /// <summary>Null when every answer of the scenario was Kafka's, else the first that was not.</summary>
    public string? DifferenceIn(string scenario) => _differences[scenario];

    public async ValueTask InitializeAsync()
    {
        await using var broker = await MainBroker.StartAsync();
        using var starts = new RequestStarts();
        foreach (var scenario in DialogueFiles.Chosen)
        {
            var replay = Exclusion.All.ContainsKey(scenario.Id)
                ? new ScenarioReplay(scenario, broker.Listeners) { Starts = starts, RepeatedFor = PatienceWithListed }
                : new ScenarioReplay(scenario, broker.Listeners) { Starts = starts };
            string? difference = await replay.RunAsync();
            _differences[scenario.Id] = difference;
            TestContext.Current.SendDiagnosticMessage("{0}: {1}", scenario, difference ?? "as recorded");
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
