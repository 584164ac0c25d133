namespace Moldau.Cli.Clients;

/// <summary>The work of a streams application on one partition of a subtopology.</summary>
internal readonly record struct StreamsTask(string Subtopology, int Partition);

/// <summary>The tasks of a member, by what it does with them.</summary>
internal sealed record StreamsTasks
{
    public static readonly StreamsTasks None = new();

    /// <summary>It reads the records of these.</summary>
    public IReadOnlyList<StreamsTask> Active { get; init; } = [];

    /// <summary>It keeps a copy of the state of these.</summary>
    public IReadOnlyList<StreamsTask> Standby { get; init; } = [];

    /// <summary>It makes a copy of the state of these, to take them over.</summary>
    public IReadOnlyList<StreamsTask> WarmUp { get; init; } = [];

    public IEnumerable<StreamsTask> All => Active.Concat(Standby).Concat(WarmUp);

    /// <summary>What is in these and not in others, in the same role.</summary>
    public StreamsTasks Without(StreamsTasks others) => new()
    {
        Active = [.. Active.Except(others.Active)],
        Standby = [.. Standby.Except(others.Standby)],
        WarmUp = [.. WarmUp.Except(others.WarmUp)],
    };
}
