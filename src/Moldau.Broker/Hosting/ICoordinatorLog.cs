using Moldau.Coordination;
using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>The log of one shard: a partition of an internal topic.</summary>
internal interface ICoordinatorLog
{
    /// <summary>The offset after the last record.</summary>
    long EndOffset { get; }

    /// <summary>The leader epoch under which the shard writes; markers carry that of their coordinator.</summary>
    int LeaderEpoch { get; }

    /// <summary>Appends the records as one batch. Refusals are codes, and then nothing was appended.</summary>
    ErrorCode Append(IReadOnlyList<CoordinatorRecord> records, long utcMs);

    bool IsCommitted(long endOffset);

    /// <summary>Completes when all below the offset is committed; faults if that cannot happen any more.</summary>
    ValueTask CommittedAsync(long endOffset);

    /// <summary>
    /// Hands out all records in order, with their offsets, markers and those of transactions among them. Those that the reader does not know
    /// are left out. Returns the offsets that are damaged beyond finding a record in them.
    /// </summary>
    /// <exception cref="LogUnavailableException">The log cannot be read now, and may be later.</exception>
    IReadOnlyList<(long First, long Last)> Replay(RecordReader read, Action<CoordinatorRecord, long> apply);

    /// <summary>Lets go of what lies before an offset that is committed.</summary>
    ErrorCode DeleteBefore(long offset);
}
