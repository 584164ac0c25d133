namespace Moldau.Cli.Clients;

/// <summary>What a reader reads, as whom, and how long.</summary>
internal sealed record Reading(string Topic, string Group)
{
    /// <summary>Where a group begins that has no position yet; one that has goes on from it.</summary>
    public StartingPoint Start { get; init; } = StartingPoint.End;

    /// <summary>Stop after so many messages.</summary>
    public long MessagesMax { get; init; } = long.MaxValue;
}

internal enum StartingPoint
{
    /// <summary>What comes from now on.</summary>
    End,

    /// <summary>What is there already, first.</summary>
    Beginning,
}
