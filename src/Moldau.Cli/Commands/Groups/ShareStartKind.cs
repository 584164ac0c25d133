using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>How a share group stands to what there is in a partition, in the order in which it is told: first what is wrong.</summary>
internal enum ShareStartKind
{
    Unknown,
    BeyondEnd,
    NotBegun,
    Unread,
    Undone,

    /// <summary>Some brokers do not count what is left.</summary>
    Uncounted,
    AtEnd,
    Empty,
}

internal static class ShareStartKinds
{
    public static ShareStartKind Of(SharePosition start) => start switch
    {
        { Failure: not null } or { First: null } or { End: null } => ShareStartKind.Unknown,
        { Committed: null } when start.First == start.End => ShareStartKind.Empty,
        { Committed: null } => ShareStartKind.NotBegun,
        _ when start.Committed > start.End => ShareStartKind.BeyondEnd,
        _ when start.Committed == start.End || start.Lag == 0 => ShareStartKind.AtEnd,
        { Holders.Count: 0 } => ShareStartKind.Unread,
        { Lag: null } => ShareStartKind.Uncounted,
        _ => ShareStartKind.Undone,
    };
}
