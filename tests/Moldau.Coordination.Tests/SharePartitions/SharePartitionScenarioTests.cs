using System.Runtime.CompilerServices;

namespace Moldau.Coordination.Tests.SharePartitions;

/// <summary>Conversations with a share partition.</summary>
public sealed class SharePartitionScenarioTests
{
    public static TheoryData<string> Names() => ScenarioFiles.Names(Folder());

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_plays_as_written(string name) => ScenarioFiles.Check(Folder(), name, SharePartitionRun.Play);

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Scenarios");
}
