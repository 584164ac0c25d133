using Moldau.Protocol;

namespace Moldau.Coordination.ShareState;

/// <summary>One request's turn: the decision that takes shape, what is stored, and what is known besides.</summary>
internal sealed record ShareStateTurn(Decision<CoordinatorRecord> Decision, DurableShareState Durable, ShareStateSurroundings Surroundings, long UtcMs);

/// <summary>
/// The requests of share-partition leaders and of the group coordinator. Two epochs fence: that of the leader, against one that was
/// replaced, and that of the state, against one that has a state which was initialised anew since.
/// </summary>
internal static class ShareStateRequests
{
    public static ShareStateAnswer Initialize(InitializeShareState request, ShareStateTurn turn)
    {
        if ((NoPartition(request.Key) ?? NoEpoch("state", request.StateEpoch)) is { } malformed) return malformed;
        var former = turn.Durable.Find(request.Key);
        if (FencedByState(request.Key, request.StateEpoch, former) is { } fenced) return fenced;
        if (UnknownTopic(request.Key, turn) is { } unknown) return unknown;
        // Asked for once more, after an answer that came late or never: what was delivered since is not to be delivered again.
        if (former is not null && request.KeepsFormer) return ShareStateAnswer.Done;
        turn.Decision.Append(ShareStateRecords.Snapshot(request.Key, new SharePartitionState
        {
            SnapshotEpoch = former is null ? 0 : former.SnapshotEpoch + 1,
            StateEpoch = request.StateEpoch,
            LeaderEpoch = 0,
            StartOffset = request.StartOffset,
            // Where the start is known, so is what was done from there on: nothing.
            DeliveryCompleteCount = request.StartOffset == SharePartitionState.None ? SharePartitionState.None : 0,
            CreateMs = turn.UtcMs,
            WriteMs = turn.UtcMs,
        }));
        return ShareStateAnswer.Done;
    }

    /// <summary>A leader that is new is stored, since leaders before it must be fenced after a restart too.</summary>
    public static ShareStateAnswer Read(ReadShareState request, ShareStateTurn turn)
    {
        if ((NoPartition(request.Key) ?? NoEpoch("leader", request.LeaderEpoch)) is { } malformed) return malformed;
        if (turn.Durable.Find(request.Key) is not { } state) return Uninitialized(request.Key);
        if (FencedByLeader(request.Key, request.LeaderEpoch, state) is { } fenced) return fenced;
        if (UnknownTopic(request.Key, turn) is { } unknown) return unknown;
        if (UnknownLeader(request.Key, request.LeaderEpoch, turn) is { } unheardOf) return unheardOf;
        if (request.LeaderEpoch != state.LeaderEpoch)
        {
            Store(new WriteShareState(request.Key)
            {
                StateEpoch = state.StateEpoch,
                LeaderEpoch = request.LeaderEpoch,
                StartOffset = state.StartOffset,
                DeliveryCompleteCount = state.DeliveryCompleteCount,
            }, state, turn);
        }
        return ShareStateAnswer.Done with { State = state };
    }

    public static ShareStateAnswer ReadSummary(ReadShareStateSummary request, ShareStateTurn turn) =>
        NoPartition(request.Key) ?? UnknownTopic(request.Key, turn) ?? ShareStateAnswer.Done with { State = turn.Durable.Find(request.Key) };

    public static ShareStateAnswer Write(WriteShareState request, ShareStateTurn turn)
    {
        var fault = NoPartition(request.Key) ?? NoEpoch("leader", request.LeaderEpoch) ?? NoEpoch("state", request.StateEpoch);
        if (fault is { } malformed) return malformed;
        if (turn.Durable.Find(request.Key) is not { } state) return Uninitialized(request.Key);
        if (FencedByLeader(request.Key, request.LeaderEpoch, state) is { } replaced) return replaced;
        if (FencedByState(request.Key, request.StateEpoch, state) is { } fenced) return fenced;
        if (UnknownTopic(request.Key, turn) is { } unknown) return unknown;
        if (UnknownLeader(request.Key, request.LeaderEpoch, turn) is { } unheardOf) return unheardOf;
        if (!request.Batches.All(batch => batch.IsWellFormed))
            return new(ErrorCode.InvalidRequest, $"A batch of offsets for {request.Key} ends before it begins, or lies beyond all offsets.");
        if (TooMany(request, state) is { } tooMany) return tooMany;
        Store(request with { LeaderEpoch = state.LeaderEpoch }, state, turn); // A leader makes itself known with its first read.
        return ShareStateAnswer.Done;
    }

    public static ShareStateAnswer Delete(DeleteShareState request, ShareStateTurn turn)
    {
        if (NoPartition(request.Key) is { } malformed) return malformed;
        if (UnknownTopic(request.Key, turn) is { } unknown) return unknown;
        if (turn.Durable.Find(request.Key) is not null) turn.Decision.Append(ShareStateRecords.Gone(request.Key));
        return ShareStateAnswer.Done;
    }

    /// <summary>The start never goes back, whatever is told: leaders whose requests overtake each other would have records delivered again.</summary>
    private static void Store(WriteShareState told, SharePartitionState state, ShareStateTurn turn)
    {
        var write = told with
        {
            StartOffset = Math.Max(told.StartOffset, state.StartOffset),
            DeliveryCompleteCount = CountAfter(told, state),
        };
        turn.Decision.Append(state.UpdatesSinceSnapshot < turn.Surroundings.Settings.UpdatesPerSnapshot
            ? ShareStateRecords.Update(write, state.SnapshotEpoch)
            : ShareStateRecords.Snapshot(write.Key, state.With(write) with
            {
                SnapshotEpoch = state.SnapshotEpoch + 1,
                CreateMs = turn.UtcMs,
                WriteMs = turn.UtcMs,
            }));
    }

    /// <summary>A count is of the records from a start on: with one that is behind, or not told, it says nothing, and with the same one the larger is newer.</summary>
    private static int CountAfter(WriteShareState told, SharePartitionState state) => told.StartOffset.CompareTo(state.StartOffset) switch
    {
        < 0 => state.DeliveryCompleteCount,
        0 => Math.Max(told.DeliveryCompleteCount, state.DeliveryCompleteCount),
        _ => told.DeliveryCompleteCount,
    };

    /// <summary>What a snapshot cannot hold is not begun: no snapshot would ever be stored again, and the updates would grow for ever.</summary>
    private static ShareStateAnswer? TooMany(WriteShareState told, SharePartitionState state) =>
        state.Batches.Length + told.Batches.Count <= SharePartitionState.BatchesMax || state.With(told).Batches.Length <= SharePartitionState.BatchesMax ? null
            : new(ErrorCode.InvalidRequest, $"Share partition {told.Key} would come to more than {SharePartitionState.BatchesMax} batches of offsets in different states. Acknowledge longer runs of records, or advance the start.");

    private static ShareStateAnswer? NoPartition(SharePartitionKey key) =>
        key.Partition < 0 ? new(ErrorCode.InvalidRequest, $"A topic has no partition {key.Partition}.") : null;

    private static ShareStateAnswer? NoEpoch(string whose, int epoch) =>
        epoch < 0 ? new(ErrorCode.InvalidRequest, $"There is no {whose} epoch {epoch}.") : null;

    private static ShareStateAnswer Uninitialized(SharePartitionKey key) =>
        new(ErrorCode.InvalidRequest, $"Share partition {key} has no state: its group's coordinator has not initialised it, or has deleted it.");

    private static ShareStateAnswer? FencedByLeader(SharePartitionKey key, int leaderEpoch, SharePartitionState state) =>
        leaderEpoch >= state.LeaderEpoch ? null
            : new(ErrorCode.FencedLeaderEpoch, $"Share partition {key} has a leader of epoch {state.LeaderEpoch}; the request is of one at {leaderEpoch}.");

    private static ShareStateAnswer? FencedByState(SharePartitionKey key, int stateEpoch, SharePartitionState? state) =>
        state is null || stateEpoch >= state.StateEpoch ? null
            : new(ErrorCode.FencedStateEpoch, $"Share partition {key} was initialised anew at state epoch {state.StateEpoch}; the request is of {stateEpoch}.");

    private static ShareStateAnswer? UnknownTopic(SharePartitionKey key, ShareStateTurn turn) =>
        turn.Surroundings.Topics.ById.TryGetValue(key.TopicId, out var topic) && key.Partition < topic.Partitions.Length ? null
            : new(ErrorCode.UnknownTopicOrPartition, $"There is no partition {key.Partition} of a topic with id {KafkaUuid.ToText(key.TopicId)}.");

    /// <summary>
    /// Of the topics that there are. To believe an epoch that the metadata has not given to any leader would fence the true ones for good;
    /// Kafka leaves these requests to brokers, which make no such mistake.
    /// </summary>
    private static ShareStateAnswer? UnknownLeader(SharePartitionKey key, int leaderEpoch, ShareStateTurn turn)
    {
        int known = turn.Surroundings.Topics.ById[key.TopicId].Partitions[key.Partition].LeaderEpoch;
        return leaderEpoch <= known ? null
            : new(ErrorCode.UnknownLeaderEpoch, $"The leader of partition {key.Partition} is of epoch {known}; the request for {key} is of one at {leaderEpoch}.");
    }
}
