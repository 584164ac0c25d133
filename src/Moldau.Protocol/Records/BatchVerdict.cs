namespace Moldau.Protocol.Records;

/// <summary>What must be done to a good batch before it is stored.</summary>
internal enum BatchRewrite
{
    /// <summary>Only its place is stamped.</summary>
    None,

    /// <summary>Timestamp type and maximum timestamp of the header are set anew: <see cref="BatchRewriter.Restamp"/>.</summary>
    Restamp,

    /// <summary>Its records are put into a new batch with the topic's own compression: <see cref="BatchRewriter.Rebuild"/>.</summary>
    Rebuild,
}

/// <summary>What the walk over a producer's batch found.</summary>
internal readonly record struct BatchVerdict
{
    public BatchFault Fault { get; init; }

    public ErrorCode Error => BatchFaults.ErrorOf(Fault);

    public bool IsGood => Fault == BatchFault.None;

    /// <summary>The text of the answer; null where Kafka sends none.</summary>
    public string? ErrorMessage => BatchFaults.TellsText(Fault) ? BatchFaults.TextOf(Fault) : null;

    /// <summary>What the broker's own log and console say about it.</summary>
    public string Reason => BatchFaults.TextOf(Fault);

    public bool TellsLogStart => BatchFaults.TellsLogStart(Fault);

    /// <summary>The refused records, in their order; null where it is not single records that are wrong.</summary>
    public IReadOnlyList<RecordError>? RecordErrors { get; init; }

    /// <summary>The highest timestamp of a record, in ms, and at least -1; under log append time that of the append.</summary>
    public long MaxTimestamp { get; init; }

    /// <summary>Which record has the maximum timestamp first: its offset less the base offset of the batch as stored.</summary>
    public int MaxTimestampIndex { get; init; }

    public BatchRewrite Rewrite { get; init; }

    /// <summary>Bytes of all records when they are not compressed.</summary>
    public long UnfoldedBytes { get; init; }

    public static BatchVerdict Of(BatchFault fault) => new() { Fault = fault };
}
