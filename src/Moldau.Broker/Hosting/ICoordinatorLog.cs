using Moldau.Coordination;
using Moldau.Protocol;

namespace Moldau.Broker.Hosting;

/// <summary>The log of one shard: a partition of an internal topic.</summary>
internal interface ICoordinatorLog
{
    /// <summary>The offset after the last record.</summary>
    long EndOffset { get; }

    /// <summary>Appends the records as one batch. Refusals are codes, and then nothing was appended.</summary>
    ErrorCode Append(IReadOnlyList<CoordinatorRecord> records, long utcMs);

    bool IsCommitted(long endOffset);

    /// <summary>Completes when all below the offset is committed; faults if that cannot happen any more.</summary>
    ValueTask CommittedAsync(long endOffset);

    /// <summary>Hands out the keys and values of all records that count, in order. The bytes are borrowed.</summary>
    /// <exception cref="LogUnavailableException">The log cannot be read now, and may be later.</exception>
    void Replay(Action<ReadOnlyMemory<byte>, ReadOnlyMemory<byte>?> apply);
}
