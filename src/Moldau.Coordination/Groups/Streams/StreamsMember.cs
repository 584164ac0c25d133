using Moldau.Coordination.Groups.Modern;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>Where a member stands on its way from the tasks that it has to those that it is to have; the numbers are stored.</summary>
internal enum StreamsMemberState : sbyte
{
    /// <summary>It has all that the target of its epoch gives it.</summary>
    Stable = 1,

    /// <summary>It has to give tasks up before it may go on to the next epoch.</summary>
    UnrevokedTasks = 2,

    /// <summary>It waits for tasks that others have not given up yet.</summary>
    UnreleasedTasks = 3,
}

/// <summary>Where a member's application answers queries of its state.</summary>
internal readonly record struct StreamsEndpoint(string Host, ushort Port);

/// <summary>A member of a streams group, as its records have it. It never changes: a change makes another.</summary>
internal sealed record StreamsMember : IModernMember
{
    private static readonly IReadOnlyDictionary<string, string> NoTags = new Dictionary<string, string>();
    private static readonly IReadOnlyDictionary<TaskId, int> NoEpochs = new Dictionary<TaskId, int>();

    public required string Id { get; init; }

    public string? InstanceId { get; init; }

    public string? RackId { get; init; }

    public string ClientId { get; init; } = "";

    public string ClientHost { get; init; } = "";

    /// <summary>How long it may take to give tasks up.</summary>
    public int RebalanceTimeoutMs { get; init; } = -1;

    /// <summary>Of the topology that it came with.</summary>
    public int TopologyEpoch { get; init; }

    /// <summary>Members of one process share its memory and disk: no task is twice in a process.</summary>
    public string ProcessId { get; init; } = "";

    /// <summary>Null where its state cannot be queried.</summary>
    public StreamsEndpoint? Endpoint { get; init; }

    /// <summary>What it says of the place where it runs, so that standby tasks can be put elsewhere.</summary>
    public IReadOnlyDictionary<string, string> Tags { get; init; } = NoTags;

    public int Epoch { get; init; }

    public int PreviousEpoch { get; init; }

    public StreamsMemberState State { get; init; } = StreamsMemberState.Stable;

    public MemberTasks Assigned { get; init; } = MemberTasks.None;

    /// <summary>What it has to give up, and has not said to have given up.</summary>
    public MemberTasks PendingRevocation { get; init; } = MemberTasks.None;

    /// <summary>In which epoch it got each of its active tasks, those to be given up among them.</summary>
    public IReadOnlyDictionary<TaskId, int> ActiveSince { get; init; } = NoEpochs;

    public bool IsReconciledTo(int targetEpoch) => State == StreamsMemberState.Stable && Epoch == targetEpoch;

    /// <summary>
    /// The process that takes a static member's place. What that one had it has from now on: it may have been here before under the same id, and what
    /// it says as of then is over.
    /// </summary>
    public StreamsMember SuccessorUnder(string id, int targetEpoch) => this with
    {
        Id = id,
        Epoch = 0,
        PreviousEpoch = 0,
        ActiveSince = ActiveSince.Keys.ToDictionary(task => task, _ => targetEpoch),
    };

    /// <summary>Whether whoever owns these tasks knows what the member has: all of it, and nothing that it is to give up.</summary>
    public bool IsKnownTo(MemberTasks owned) => Assigned.IsWithin(owned) && !owned.Overlaps(PendingRevocation);

    /// <summary>Whether queries go elsewhere than before: its endpoint is another, or has the state of other tasks.</summary>
    public bool IsAskedOtherwiseThan(StreamsMember former) =>
        Endpoint != former.Endpoint || (Endpoint is not null && !Assigned.IsSameAs(former.Assigned));

    /// <summary>Whether the member says of itself what it said before.</summary>
    public bool SaysTheSameAs(StreamsMember other) =>
        InstanceId == other.InstanceId
        && ClientId == other.ClientId
        && ClientHost == other.ClientHost
        && RebalanceTimeoutMs == other.RebalanceTimeoutMs
        && Endpoint == other.Endpoint
        && IsAssignedLike(other);

    /// <summary>Whether it is the same for whoever makes assignments.</summary>
    public bool IsAssignedLike(StreamsMember other) =>
        RackId == other.RackId
        && TopologyEpoch == other.TopologyEpoch
        && ProcessId == other.ProcessId
        && Tags.Count == other.Tags.Count
        && Tags.All(tag => other.Tags.TryGetValue(tag.Key, out string? value) && value == tag.Value);
}
