using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Coordination.ShareState;

/// <summary>What a shard of share partitions can be told. Timers come apart, since all state machines have them.</summary>
internal abstract record ShareStateInput;

/// <summary>A request about one share partition; answered by a <see cref="ShareStateAnswer"/>.</summary>
internal sealed record ShareStateCall(ReplyToken Token, ShareStateRequest Request) : ShareStateInput;

/// <summary>The topics or the settings are others now. The state of partitions whose topic is gone goes with it.</summary>
internal sealed record ShareStateSurroundings(TopicsImage Topics, ShareStateSettings Settings) : ShareStateInput;

internal abstract record ShareStateRequest(SharePartitionKey Key);

/// <summary>Begins, or begins anew, with a start offset that may be left to the leader (-1).</summary>
internal sealed record InitializeShareState(SharePartitionKey Key, int StateEpoch, long StartOffset) : ShareStateRequest(Key)
{
    /// <summary>Begins only where there is no state; otherwise changes nothing.</summary>
    public bool KeepsFormer { get; init; }
}

/// <summary>Asks for all of it, as a leader does that begins; leaders before it are fenced from then on.</summary>
internal sealed record ReadShareState(SharePartitionKey Key, int LeaderEpoch) : ShareStateRequest(Key);

/// <summary>Asks for all but the batches; fences nobody.</summary>
internal sealed record ReadShareStateSummary(SharePartitionKey Key) : ShareStateRequest(Key);

internal sealed record DeleteShareState(SharePartitionKey Key) : ShareStateRequest(Key);

/// <summary>What a leader has to say that has changed. Its offset is -1 where it stays as it is, its count where it is not told.</summary>
internal sealed record WriteShareState(SharePartitionKey Key) : ShareStateRequest(Key)
{
    public int StateEpoch { get; init; } = SharePartitionState.None;

    public int LeaderEpoch { get; init; } = SharePartitionState.None;

    public long StartOffset { get; init; } = SharePartitionState.None;

    public int DeliveryCompleteCount { get; init; } = SharePartitionState.None;

    /// <summary>They may overlap, each other as well as what is stored.</summary>
    public IReadOnlyCollection<ShareStateBatch> Batches { get; init; } = [];
}

/// <summary>An error with its words, or the state that was asked for; that is null where nothing is stored.</summary>
internal sealed record ShareStateAnswer(ErrorCode Error, string? Message = null)
{
    public static readonly ShareStateAnswer Done = new(ErrorCode.None);

    public SharePartitionState? State { get; init; }
}

/// <summary>The log is not needed before the offset.</summary>
internal sealed record PruneShareState(long BeforeOffset) : Effect;
