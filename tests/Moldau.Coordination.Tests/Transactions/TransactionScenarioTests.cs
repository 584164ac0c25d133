using System.Runtime.CompilerServices;

namespace Moldau.Coordination.Tests.Transactions;

/// <summary>
/// Each file of <c>Scenarios</c> is a conversation with a shard of transactional ids, and below each command what the shard decided.
/// With MOLDAU_REWRITE=1 the files are written anew; the difference is then to be read.
/// </summary>
public sealed class TransactionScenarioTests
{
    public static TheoryData<string> Names() =>
        [.. Directory.EnumerateFiles(Folder(), "*.txt").Select(file => Path.GetFileNameWithoutExtension(file)!).Order()];

    [Theory]
    [MemberData(nameof(Names))]
    public void Scenario_plays_as_written(string name)
    {
        string path = Path.Combine(Folder(), name + ".txt");
        string script = File.ReadAllText(path);
        string played = TransactionScenarioRun.Play(script);
        if (Environment.GetEnvironmentVariable("MOLDAU_REWRITE") == "1") File.WriteAllText(path, played);
        else Assert.Equal(script, played);
    }

    private static string Folder([CallerFilePath] string path = "") => Path.Combine(Path.GetDirectoryName(path)!, "Scenarios");
}
