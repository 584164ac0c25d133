namespace Moldau.Conformance.Kills;

/// <summary>Members of groups, of every client and kind, that are killed with kill -9 in the middle of their work, or paused, and whose broker is killed.</summary>
public sealed class MemberKillTests(MemberKillRuns runs, ITestOutputHelper output) : IClassFixture<MemberKillRuns>
{
    public static TheoryData<string> ExactlyOnce => [.. WorkingKind.All.Where(kind => kind.IsExactlyOnce).Select(kind => kind.Name)];

    public static TheoryData<string> AtLeastOnce => [.. WorkingKind.All.Where(kind => !kind.IsExactlyOnce).Select(kind => kind.Name)];

    [Theory]
    [MemberData(nameof(ExactlyOnce))]
    public async Task Every_number_is_written_once_though_members_and_the_broker_are_killed(string kind) => output.WriteLine(await runs.OfAsync(kind));

    [Theory]
    [MemberData(nameof(AtLeastOnce))]
    public async Task Every_number_is_written_and_committed_once_though_members_and_the_broker_are_killed(string kind) => output.WriteLine(await runs.OfAsync(kind));
}
