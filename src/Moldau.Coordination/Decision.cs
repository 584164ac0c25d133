namespace Moldau.Coordination;

/// <summary>
/// Names the asker of one request; only the host knows who that is. A reply may come out of a later decision than its request went into.
/// </summary>
internal readonly record struct ReplyToken(long Value);

/// <summary>An answer, of the type that the asker of that request expects.</summary>
internal readonly record struct Reply(ReplyToken To, object Answer);

/// <summary>
/// The time of an input, in two clocks: what is stored has the first, which may be set; what is waited for goes by the second, which only
/// ticks.
/// </summary>
internal readonly record struct Instant(long UtcMs, long TimerMs);

/// <summary>What a timer is for. With the subject it is the timer's identity: arming it again moves it.</summary>
internal enum TimerKind
{
    /// <summary>A member that was heard of must be heard of again.</summary>
    MemberSession,

    /// <summary>A member that was given its id must join with it.</summary>
    MemberIdHandedOut,

    /// <summary>The joins of a rebalance are complete, or are taken to be.</summary>
    JoinPhase,

    /// <summary>The members of a generation must have asked for their assignment.</summary>
    SyncPhase,

    /// <summary>A transaction must have been ended by its producer.</summary>
    TransactionTimeout,

    /// <summary>Markers that could not be written are written again.</summary>
    MarkersRetry,

    /// <summary>Transactional ids that nobody uses any more are looked for.</summary>
    TransactionalIdExpiry,
    /// <summary>A member must have given up what it was asked to.</summary>
    MemberRevocation,

    /// <summary>A member that was told to join again must do so.</summary>
    MemberRejoin,

    /// <summary>A member that joined must ask for its assignment.</summary>
    MemberSync,

    /// <summary>Committed offsets that are kept no longer are looked for.</summary>
    OffsetRetention,

    /// <summary>Records are taken from members whose lock on them has ended.</summary>
    RecordLock,

    /// <summary>The patterns of a group are to be looked up among the topics.</summary>
    PatternResolution,

    /// <summary>What the state of share partitions no longer needs of its log is to go.</summary>
    ShareStatePrune,

    /// <summary>The state of share partitions that nobody writes to is stored again.</summary>
    ShareStateColdSnapshots,

    /// <summary>The first members of a group that was empty have been waited for.</summary>
    InitialAssignment,
}

/// <summary>
/// A timer is about a subject, such as a group, or about a part of it, such as a member (empty where it is about the whole).
/// </summary>
internal readonly record struct TimerKey(TimerKind Kind, string Subject, string Part);

/// <summary>
/// Arms a timer, or cancels it where there is no deadline. Timers may fire late, and one that is being cancelled may still fire.
/// </summary>
/// <remarks>Deadlines are on <see cref="Instant.TimerMs"/>'s clock.</remarks>
internal readonly record struct TimerChange(TimerKey Key, long? DeadlineMs);

/// <summary>
/// A request to other shards. It is carried out when all that the machine had seen is committed, and asked for again after a restart until a
/// record says that it is done.
/// </summary>
internal abstract record Effect;

/// <summary>
/// What a state machine wants done about one input. The host appends the records as one batch, applies them, sets the timers, and
/// sends the replies, and carries out the effects, when everything that the machine had seen is committed. If the append fails, nothing of it happens.
/// </summary>
internal sealed class Decision<TRecord>
{
    private List<TRecord>? _records;
    private List<Reply>? _replies;
    private List<TimerChange>? _timers;
    private List<Effect>? _effects;
    private bool _isWhole;

    /// <summary>
    /// The records are right as far as they go, wherever they end, so that the host may append them in several batches: there may be more than
    /// one can hold.
    /// </summary>
    public bool IsDivisible { get; private set; }

    /// <summary>How many of the first records are one all the same.</summary>
    public int WholeCount { get; private set; }

    public IReadOnlyList<TRecord> Records => _records ?? (IReadOnlyList<TRecord>)[];

    public IReadOnlyList<Reply> Replies => _replies ?? (IReadOnlyList<Reply>)[];

    public IReadOnlyList<TimerChange> Timers => _timers ?? (IReadOnlyList<TimerChange>)[];

    public IReadOnlyList<Effect> Effects => _effects ?? (IReadOnlyList<Effect>)[];

    /// <summary>Makes what comes from here on divisible, unless all is to be whole.</summary>
    public Decision<TRecord> Divide()
    {
        if (!_isWhole && !IsDivisible) (IsDivisible, WholeCount) = (true, Records.Count);
        return this;
    }

    /// <summary>All of it or nothing is right, whatever else comes to it.</summary>
    public void KeepWhole() => (_isWhole, IsDivisible) = (true, false);

    public void Append(TRecord record) => (_records ??= []).Add(record);

    public void Reply(ReplyToken to, object answer) => (_replies ??= []).Add(new Reply(to, answer));

    public void Arm(TimerKey key, long deadlineMs) => Change(new TimerChange(key, deadlineMs));

    public void Cancel(TimerKey key) => Change(new TimerChange(key, null));

    public void Change(TimerChange timer) => (_timers ??= []).Add(timer);

    public void Cause(Effect effect) => (_effects ??= []).Add(effect);

    /// <summary>Adds what another decision about the same input wants done. What is one there is one with all that was here before.</summary>
    public void Add(Decision<TRecord> other)
    {
        int whole = other.IsDivisible ? other.WholeCount : other.Records.Count;
        if (other._isWhole) KeepWhole();
        else if (!_isWhole && (IsDivisible || other.IsDivisible))
        {
            if (!IsDivisible || whole > 0) WholeCount = Records.Count + whole;
            IsDivisible = true;
        }
        (_records ??= []).AddRange(other.Records);
        (_replies ??= []).AddRange(other.Replies);
        (_timers ??= []).AddRange(other.Timers);
        (_effects ??= []).AddRange(other.Effects);
    }
}
