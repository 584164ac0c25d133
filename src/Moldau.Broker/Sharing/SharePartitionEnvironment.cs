using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Hosting;
using Moldau.Protocol;

namespace Moldau.Broker.Sharing;

/// <summary>What the leaders of share partitions work with.</summary>
internal sealed record SharePartitionEnvironment
{
    /// <summary>Keeps their state.</summary>
    public required ShareStateHost State { get; init; }

    public required BrokerClock Clock { get; init; }

    public required TimerQueue Timers { get; init; }

    /// <summary>What holds for a group now.</summary>
    public required Func<string, GroupDeliveryConfig> ConfigOf { get; init; }

    public required DeadLetterQueues DeadLetters { get; init; }

    public required ILogger Logger { get; init; }

    /// <summary>The broker stops: what waits to try again does not.</summary>
    public required CancellationToken Stop { get; init; }
}

/// <summary>What came of a request to a share partition: an error with its words, or none.</summary>
internal readonly record struct ShareOutcome(ErrorCode Error, string? Message = null)
{
    public static readonly ShareOutcome Done = new(ErrorCode.None);

    public bool IsDone => Error == ErrorCode.None;

    /// <summary>The state is another's now, or gone: nothing that was handed out by it counts any more.</summary>
    public bool IsFenced => Error is ErrorCode.NotLeaderOrFollower or ErrorCode.GroupIdNotFound or ErrorCode.UnknownTopicOrPartition;

    /// <summary>
    /// Clients know of no share coordinator: what it refuses they are told as if the leader were not there, or were no longer the leader.
    /// </summary>
    public static ShareOutcome Of(ErrorCode coordinatorError, string? message) => new(coordinatorError switch
    {
        ErrorCode.None => ErrorCode.None,
        ErrorCode.NotCoordinator or ErrorCode.CoordinatorNotAvailable or ErrorCode.CoordinatorLoadInProgress => ErrorCode.CoordinatorNotAvailable,
        ErrorCode.GroupIdNotFound or ErrorCode.UnknownTopicOrPartition => coordinatorError,
        ErrorCode.FencedLeaderEpoch or ErrorCode.FencedStateEpoch => ErrorCode.NotLeaderOrFollower,
        _ => ErrorCode.UnknownServerError,
    }, message);
}
