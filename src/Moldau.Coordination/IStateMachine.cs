namespace Moldau.Coordination;

/// <summary>
/// One shard's state machine. The durable half of its state changes by <see cref="Apply(TRecord)"/> alone, which is also the way back after a
/// restart; the soft half (what is parked, sessions, ids handed out) has no records and is empty after a restart.
/// </summary>
internal interface IStateMachine<TInput, TRecord>
{
    /// <summary>Judges one input. Of the state it changes the soft half only.</summary>
    Decision<TRecord> Decide(TInput input, Instant now);

    Decision<TRecord> TimerFired(TimerKey key, Instant now);

    void Apply(TRecord record);

    /// <summary>The same, for a machine that must know where in its log a record lies.</summary>
    void Apply(TRecord record, long offset) => Apply(record);

    /// <summary>
    /// The whole log has been applied: builds the soft half that follows from it, such as the sessions of the members found.
    /// </summary>
    Decision<TRecord> Loaded(Instant now);

    /// <summary>
    /// The records of a decision could not be appended and its replies were turned into errors: forgets the soft state that counted on
    /// them, and answers whoever was parked in it. It is told so before the next input, and so with a fault.
    /// </summary>
    Decision<TRecord> AppendFailed(Decision<TRecord> failed, Instant now);

    /// <summary>
    /// The last input, or timer, was judged with a fault: nothing came of it, but the soft state may be changed by half. Goes back to what
    /// is stored, and answers whoever was parked in it.
    /// </summary>
    Decision<TRecord> DecideFailed(Instant now);
}
