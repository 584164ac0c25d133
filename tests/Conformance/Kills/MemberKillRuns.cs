namespace Moldau.Conformance.Kills;

/// <summary>The runs of all kinds of members, some at a time: most of what each takes is waiting for the sessions of members that were killed.</summary>
public sealed class MemberKillRuns : IAsyncDisposable
{
    private const int AtATime = 5;

    /// <summary>Each takes seconds here, where a kill of a broker alone takes tenths. Three are one of each sort.</summary>
    private static readonly int Faults = Math.Max(3, KillSettings.Kills / 15);

    private readonly SemaphoreSlim _turns = new(AtATime);
    private readonly Lazy<Dictionary<string, Task<string>>> _runs;

    public MemberKillRuns() => _runs = new(() =>
        WorkingKind.All.Index().Where(at => !at.Item.Program.IsMissing).ToDictionary(at => at.Item.Name, at => RunAsync(at.Item, KillSettings.Seed + at.Index)));

    /// <summary>The run of one kind. The first that is asked for begins them all.</summary>
    public Task<string> OfAsync(string kind)
    {
        WorkingKind.All.Single(known => known.Name == kind).Program.SkipIfMissing();
        return _runs.Value[kind];
    }

    /// <summary>Leaves none of them running, though some of the tests may not have been asked for.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_runs.IsValueCreated) await Task.WhenAll(_runs.Value.Values.Select(run => Task.WhenAny(run)));
        _turns.Dispose();
    }

    private async Task<string> RunAsync(WorkingKind kind, int seed)
    {
        await _turns.WaitAsync();
        try
        {
            return await Task.Run(() => MemberKillRun.RunAsync(kind, Faults, seed));
        }
        finally
        {
            _turns.Release();
        }
    }
}
