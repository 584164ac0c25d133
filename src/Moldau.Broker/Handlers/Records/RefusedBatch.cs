using Moldau.Log;
using Moldau.Log.Producers;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Handlers.Records;

/// <summary>What a log is told of a batch that it was not given, or did not take.</summary>
internal static class RefusedBatch
{
    /// <summary>The log may have kept a place for it, before those behind it, when it was refused in passing before.</summary>
    public static void Tell(PartitionLog log, ReadOnlyMemory<byte>? records, ErrorCode error)
    {
        if (ComesAgain(error) || records is not { } bytes || !BatchHeader.TryRead(bytes.Span, out var header)) return;
        log.NoteRefused(header, BatchRefusal.ForGood);
    }

    /// <summary>What passes, or may. At any other error a producer gives the batch up, or makes another of it.</summary>
    private static bool ComesAgain(ErrorCode error) => error
        is ErrorCode.KafkaStorageError
        or ErrorCode.NotEnoughReplicas
        or ErrorCode.ConcurrentTransactions
        or ErrorCode.OutOfOrderSequenceNumber;
}
