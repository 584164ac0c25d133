using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Where a group is to go on.</summary>
internal abstract record ResetTarget
{
    /// <summary>The offset in a partition whose reach is known; null where the group stays as it is. None lies without the partition.</summary>
    public abstract long? In(GroupPosition position, long? atTime);

    private protected static long Within(GroupPosition position, long offset) => Math.Clamp(offset, position.First!.Value, position.End!.Value);
}

internal sealed record ToEarliest : ResetTarget
{
    public override long? In(GroupPosition position, long? atTime) => position.First;
}

internal sealed record ToLatest : ResetTarget
{
    public override long? In(GroupPosition position, long? atTime) => position.End;
}

internal sealed record ToOffset(long Offset) : ResetTarget
{
    public override long? In(GroupPosition position, long? atTime) => Within(position, Offset);
}

/// <summary>Forward, or back if it is negative. A group that has no position cannot be moved from it.</summary>
internal sealed record ShiftBy(long Records) : ResetTarget
{
    public override long? In(GroupPosition position, long? atTime) =>
        position.Committed is { } committed ? Within(position, Sum(Within(position, committed), Records)) : null;

    /// <summary>Whatever is added, it does not wrap.</summary>
    private static long Sum(long offset, long records) => records > long.MaxValue - offset ? long.MaxValue : offset + records;
}

/// <summary>The first record of this time or later; the end where there is none.</summary>
internal sealed record ToTime(DateTimeOffset Time) : ResetTarget
{
    public override long? In(GroupPosition position, long? atTime) => atTime is >= 0 and var found ? Within(position, found) : position.End;
}
