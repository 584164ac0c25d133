using System.Runtime.CompilerServices;

namespace Moldau.Coordination.Tests.ShareState;

/// <summary>Conversations with a shard of share partitions.</summary>
public sealed class ShareStateScenarioTests
{
    public static TheoryData<string> Names() => ScenarioFiles.Names(Folder());

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_plays_as_written(string name) => ScenarioFiles.Check(Folder(), name, ShareStateScenarioRun.Play);

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Scenarios");
}
