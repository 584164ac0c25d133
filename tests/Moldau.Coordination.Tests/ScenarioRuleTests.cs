using System.Runtime.CompilerServices;

namespace Moldau.Coordination.Tests;

/// <summary>A scenario is worth as much as the rule that it shows, so each one says which that is and where it comes from.</summary>
public sealed class ScenarioRuleTests
{
    [Fact]
    public void Every_scenario_begins_with_its_rule_and_says_whose_it_is()
    {
        string[] files = [.. Directory.EnumerateDirectories(Folder(), "Scenarios", SearchOption.AllDirectories).SelectMany(Directory.EnumerateFiles)];
        Assert.NotEmpty(files);
        Assert.Empty(files.Where(file => !NamesARule(File.ReadLines(file).First())).Select(Path.GetFileName).Order());
    }

    /// <summary>A rule is of a KIP, of Kafka without one, or of Moldau where it differs.</summary>
    private static bool NamesARule(string line) =>
        line.StartsWith("# KIP-", StringComparison.Ordinal)
        || line.StartsWith("# As Kafka: ", StringComparison.Ordinal)
        || line.StartsWith("# Moldau's own", StringComparison.Ordinal);

    private static string Folder([CallerFilePath] string path = "") => Path.GetDirectoryName(path)!;
}
