using Moldau.Broker;

namespace Moldau.Conformance.Dialogues;

/// <summary>What was recorded under access control. Moldau does not start with such settings as long as it does not enforce them.</summary>
public sealed class StrictDialogueTests
{
    public static IEnumerable<TheoryDataRow<string>> Scenarios =>
        DialogueFiles.Strict.Select(scenario => new TheoryDataRow<string>(scenario.Id) { TestDisplayName = $"{scenario}" });

    [Theory]
    [MemberData(nameof(Scenarios))]
    public void Moldau_answers_as_Kafka_does(string id)
    {
        Assert.True(Exclusion.All.TryGetValue(id, out var exclusion), "It is not run, so it must stand in not-yet.txt.");
        Assert.Skip(exclusion.Reason);
    }

    /// <summary>When this fails, the scenarios can be run as the others are.</summary>
    [Fact]
    public async Task The_settings_that_they_were_recorded_with_are_refused()
    {
        var options = new KafkaBrokerOptions { Port = null };
        foreach (var (key, value) in DialogueFiles.StrictProperties()) options.Properties[key] = value;
        var refusal = await Assert.ThrowsAnyAsync<ArgumentException>(() => KafkaBroker.StartAsync(options));
        Assert.Contains("access control lists are not enforced", refusal.Message, StringComparison.Ordinal);
    }
}
