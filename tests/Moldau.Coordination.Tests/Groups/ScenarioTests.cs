using System.Runtime.CompilerServices;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>Conversations with a shard of groups.</summary>
public sealed class ScenarioTests
{
    public static TheoryData<string> Names() => ScenarioFiles.Names(Folder());

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_plays_as_written(string name) => ScenarioFiles.Check(Folder(), name, ScenarioRun.Play);

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Scenarios");
}
