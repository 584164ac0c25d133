using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Where a group is to go on.</summary>
internal abstract record ResetTarget
{
    /// <summary>The offset in a partition whose reach is known; null where the group stays as it is. None lies without the partition.</summary>
    /// <exception cref="CommandFailure">The target is a time, and what the partition had then is not known.</exception>
    public abstract long? In(GroupPosition position, TopicPartitionOffsetError? atTime);

    private protected static long Within(GroupPosition position, long offset) => Math.Clamp(offset, position.First!.Value, position.End!.Value);
}

internal sealed record ToEarliest : ResetTarget
{
    public override long? In(GroupPosition position, TopicPartitionOffsetError? atTime) => position.First;
}

internal sealed record ToLatest : ResetTarget
{
    public override long? In(GroupPosition position, TopicPartitionOffsetError? atTime) => position.End;
}

internal sealed record ToOffset(long Offset) : ResetTarget
{
    public override long? In(GroupPosition position, TopicPartitionOffsetError? atTime) => Within(position, Offset);
}

/// <summary>Forward, or back if it is negative. A group that has no position cannot be moved from it.</summary>
internal sealed record ShiftBy(long Records) : ResetTarget
{
    public override long? In(GroupPosition position, TopicPartitionOffsetError? atTime) =>
        position.Committed is { } committed ? Within(position, Sum(Within(position, committed), Records)) : null;

    /// <summary>Whatever is added, it does not wrap.</summary>
    private static long Sum(long offset, long records) => records > long.MaxValue - offset ? long.MaxValue : offset + records;
}

/// <summary>The first record of this time or later; the end where there is none.</summary>
internal sealed record ToTime(DateTimeOffset Time) : ResetTarget
{
    public override long? In(GroupPosition position, TopicPartitionOffsetError? atTime)
    {
        if (atTime is not { Error.IsError: false })
        {
            string reason = atTime is null ? "" : $": {atTime.Error.Reason}";
            throw new CommandFailure($"The broker does not say where {position.Topic}:{position.Index} was at that time{reason}. Nothing was changed.", "Try once more.");
        }

        return atTime.Offset.Value >= 0 ? Within(position, atTime.Offset.Value) : position.End;
    }
}
