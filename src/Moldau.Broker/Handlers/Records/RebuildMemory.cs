using Moldau.Broker.Net;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Handlers.Records;

/// <summary>
/// The memory in which a batch is built anew for its topic, out of that for requests: a few bytes that came may unfold to very many. Where there
/// is none, the producer may try again; it is not waited for, since what comes next on the connection must stay behind this batch.
/// </summary>
internal readonly struct RebuildMemory : IDisposable
{
    /// <summary>So much is taken without asking, by as many batches at a time as there are processors.</summary>
    private const long UnreservedBytes = 4 * 1024 * 1024;

    private readonly MemoryBudget? _memory;
    private readonly long _bytes;

    private RebuildMemory(MemoryBudget memory, long bytes) => (_memory, _bytes) = (memory, bytes);

    private RebuildMemory(ErrorCode refusal) => Refusal = refusal;

    /// <summary>Why the batch is not built anew.</summary>
    public ErrorCode Refusal { get; }

    public static RebuildMemory Take(MemoryBudget memory, in BatchVerdict verdict)
    {
        if (verdict.Rewrite != BatchRewrite.Rebuild) return default;
        long bytes = BatchRewriter.BytesInUse(verdict);
        if (bytes <= UnreservedBytes) return default;
        if (bytes > memory.BytesMax) return new(ErrorCode.MessageTooLarge); // There will never be room.
        return memory.TryReserve(bytes) ? new(memory, bytes) : new(ErrorCode.KafkaStorageError);
    }

    public void Dispose() => _memory?.Release(_bytes);
}
