using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Where a group is to go on.</summary>
internal abstract record ResetTarget
{
    /// <summary>What that means in a partition whose reach is known. No offset lies without the partition.</summary>
    /// <exception cref="CommandFailure">The target is a time, and what the partition had then is not known.</exception>
    public abstract ResetMove In(GroupPosition position, TopicPartitionOffsetError? atTime);

    private protected static long Within(GroupPosition position, long offset) => Math.Clamp(offset, position.First!.Value, position.End!.Value);

    private protected static ResetMove Nearest(GroupPosition position, long offset)
    {
        long nearest = Within(position, offset);
        return new ResetMove(position, nearest, nearest == offset ? ResetCaveat.None : ResetCaveat.OutOfReach);
    }
}

internal sealed record ToEarliest : ResetTarget
{
    public override ResetMove In(GroupPosition position, TopicPartitionOffsetError? atTime) => new(position, position.First);
}

internal sealed record ToLatest : ResetTarget
{
    public override ResetMove In(GroupPosition position, TopicPartitionOffsetError? atTime) => new(position, position.End);
}

internal sealed record ToOffset(long Offset) : ResetTarget
{
    public override ResetMove In(GroupPosition position, TopicPartitionOffsetError? atTime) => Nearest(position, Offset);
}

/// <summary>Forward, or back if it is negative. A group that has no position cannot be moved from it.</summary>
internal sealed record ShiftBy(long Records) : ResetTarget
{
    public override ResetMove In(GroupPosition position, TopicPartitionOffsetError? atTime) => position.Committed is { } committed
        ? Nearest(position, Sum(Within(position, committed), Records))
        : new ResetMove(position, null, ResetCaveat.NothingToShift);

    /// <summary>Whatever is added, it does not wrap.</summary>
    private static long Sum(long offset, long records) => records > long.MaxValue - offset ? long.MaxValue : offset + records;
}

/// <summary>The first record of this time or later; the end where there is none.</summary>
internal sealed record ToTime(DateTimeOffset Time) : ResetTarget
{
    public override ResetMove In(GroupPosition position, TopicPartitionOffsetError? atTime)
    {
        if (atTime is not { Error.IsError: false })
        {
            string reason = atTime is null ? "" : $": {atTime.Error.Reason}";
            throw new CommandFailure($"The broker does not say where {position.Topic}:{position.Index} was at that time{reason}. Nothing was changed.", "Try once more.");
        }

        return atTime.Offset.Value >= 0
            ? new ResetMove(position, Within(position, atTime.Offset.Value))
            : new ResetMove(position, position.End, ResetCaveat.NoRecordSince);
    }
}
