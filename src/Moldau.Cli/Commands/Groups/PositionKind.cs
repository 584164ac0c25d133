using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>How a group stands to what there is in a partition, in the order in which it is told: first what is wrong.</summary>
internal enum PositionKind
{
    BehindRetention,
    BeyondEnd,
    Unknown,
    NothingCommitted,
    StandsStill,
    Unread,
    Behind,

    /// <summary>Before the first record of an open transaction, which is told of by itself.</summary>
    BeforeTransaction,
    AtEnd,
    Empty,
}

internal static class PositionKinds
{
    /// <summary>
    /// A consumer commits every five seconds unless told otherwise. Of a partition that was left out for so long while the group committed for others it is
    /// said that it stands still.
    /// </summary>
    private static readonly TimeSpan Standstill = TimeSpan.FromMinutes(1);

    public static PositionKind Of(GroupPosition position, GroupTimes times) => position switch
    {
        { First: null } or { End: null } => PositionKind.Unknown,
        { Committed: null } when position.First == position.End => PositionKind.Empty,
        { Committed: null } => PositionKind.NothingCommitted,
        _ when position.Committed < position.First => PositionKind.BehindRetention,
        _ when position.Committed > position.End => PositionKind.BeyondEnd,
        _ when position.Committed == position.End => PositionKind.AtEnd,
        _ when position.Committed >= position.Stable => PositionKind.BeforeTransaction,
        { Holder: null } => PositionKind.Unread,
        _ when times.CommitOf(position.Partition) is { } last && times.LastCommit - last >= Standstill => PositionKind.StandsStill,
        _ => PositionKind.Behind,
    };
}
