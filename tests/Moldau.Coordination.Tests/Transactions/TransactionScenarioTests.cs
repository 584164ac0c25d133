using System.Runtime.CompilerServices;

namespace Moldau.Coordination.Tests.Transactions;

/// <summary>Conversations with a shard of transactional ids.</summary>
public sealed class TransactionScenarioTests
{
    public static TheoryData<string> Names() => ScenarioFiles.Names(Folder());

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_plays_as_written(string name) => ScenarioFiles.Check(Folder(), name, TransactionScenarioRun.Play);

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Scenarios");
}
