using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>A partition, and the offset at which the group is to go on there; null where that stays.</summary>
internal readonly record struct ResetMove(GroupPosition Position, long? Next, ResetCaveat Caveat = ResetCaveat.None)
{
    /// <summary>How many records are left to read then; unknown where no position is committed, before or after.</summary>
    public long? Left => Next is { } next ? Position.End - next : Position.Lag;
}

/// <summary>What whoever asked for a reset may not have expected of a partition.</summary>
internal enum ResetCaveat
{
    None,

    /// <summary>It has no record of the time that was asked for, or later.</summary>
    NoRecordSince,

    /// <summary>It does not reach as far as was asked for.</summary>
    OutOfReach,

    /// <summary>Nothing is committed that could be shifted.</summary>
    NothingToShift,
}
