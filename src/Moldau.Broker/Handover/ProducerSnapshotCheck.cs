using System.Buffers.Binary;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Handover;

/// <summary>
/// Compares the snapshots of a partition's producers with what its batches say. A damaged one Kafka deletes and rebuilds; one that is
/// whole and wrong it believes.
/// </summary>
// | version 2 = 1 | crc 4, of what follows | count 4 | producer id 8 | epoch 2 | last sequence 4 | last offset 8 | offset delta 4 |
// | timestamp 8 | coordinator epoch 4 | transaction's first offset 8 | ...
internal sealed class ProducerSnapshotCheck(CheckContext context, ProducerTracker producers, IReadOnlyList<(long Offset, string Path)> snapshots)
{
    private const short Version = 1;
    private const int CountAt = 6;
    private const int EntriesAt = 10;
    private const int EntryBytes = 46;

    private static readonly KafkaAct Unreadable = new("ProducerStateManager", "takes the log directory offline");
    private static readonly KafkaAct Deletes = new("ProducerStateManager", "deletes it and rebuilds the producers from the snapshot before it and the batches");
    private static readonly KafkaAct Rebuilds = new("ProducerStateManager", "rebuilds the producers from the batches");
    private static readonly KafkaAct Believes = new("ProducerStateManager", "takes it for right: retries of a producer are refused or written twice, open transactions stay open or are not seen");
    private static readonly KafkaAct Forgets = new("UnifiedLog", "takes the log for one without producers: it forgets their sequences and the open transactions");

    private int _next;

    /// <summary>From where on Kafka replays batches: the latest, or, without any and after a crash only, the beginning of the log.</summary>
    public long ReplayedFrom => snapshots is [.., var last] ? last.Offset : context.WasCleanlyStopped ? long.MaxValue : 0;

    /// <summary>Compares the snapshots of offsets up to this one; the tracker has seen all batches below it, and none behind.</summary>
    public void UpTo(long offset)
    {
        for (; _next < snapshots.Count && snapshots[_next].Offset <= offset; _next++) Check(snapshots[_next], isAligned: snapshots[_next].Offset == offset || _next == 0);
    }

    public void Finish(long logEndOffset, string directory)
    {
        UpTo(logEndOffset);
        for (; _next < snapshots.Count; _next++)
        {
            context.Findings.Of(snapshots[_next].Path).Repaired(Deletes, $"It is of offset {snapshots[_next].Offset}, beyond the end of the log at {logEndOffset}.");
        }
        var findings = context.Findings.Of(directory);
        if (snapshots.Count == 0 && producers.Count > 0)
        {
            string problem = $"There is no snapshot of its {producers.Count} producers.";
            if (context.WasCleanlyStopped) findings.Lost(Forgets, problem, "Delete .kafka_cleanshutdown: Kafka then rebuilds the producers from the batches.");
            else findings.Repaired(Rebuilds, problem);
        }
        if (!producers.IsComplete) findings.Noted(Rebuilds, "It has more producers than this check follows; they were not compared.", Remedies.None);
    }

    private void Check((long Offset, string Path) snapshot, bool isAligned)
    {
        var findings = context.Findings.Of(snapshot.Path);
        if (SmallFile.Read(findings, Unreadable) is not { } bytes) return;
        if (Damage(bytes) is { } damage)
        {
            findings.Repaired(Deletes, damage);
            return;
        }
        if (!producers.IsComplete || !isAligned) return;
        var open = producers.WithOpenTransaction.ToDictionary(producer => producer.Key, producer => producer.Value.TransactionFirstOffset);
        for (int at = EntriesAt; at < bytes.Length; at += EntryBytes)
        {
            if (Compare(bytes.AsSpan(at, EntryBytes), snapshot.Offset, open) is not { } problem) continue;
            findings.Lost(Believes, problem, $"Delete the file: Kafka then rebuilds the producers. {Remedies.RunHandover}", at);
            return;
        }
        foreach (var (producerId, firstOffset) in open)
        {
            findings.Lost(Believes, $"The transaction of producer {producerId} that is open since offset {firstOffset} is not in it.", Remedies.RunHandover);
            return;
        }
    }

    private static string? Damage(byte[] bytes)
    {
        if (bytes.Length < EntriesAt) return $"It has {bytes.Length} bytes, fewer than its header.";
        short version = BinaryPrimitives.ReadInt16BigEndian(bytes);
        if (version != Version) return $"Its version is {version}; Kafka knows {Version}.";
        int count = BinaryPrimitives.ReadInt32BigEndian(bytes.AsSpan(CountAt));
        if (count < 0 || bytes.Length < EntriesAt + ((long)count * EntryBytes)) return $"It announces {count} producers and has no room for them.";
        if (BinaryPrimitives.ReadUInt32BigEndian(bytes.AsSpan(2)) != Crc32C.Compute(bytes.AsSpan(CountAt))) return "Its checksum is wrong.";
        return bytes.Length == EntriesAt + ((long)count * EntryBytes) ? null : "Bytes follow its last producer.";
    }

    private string? Compare(ReadOnlySpan<byte> entry, long snapshotOffset, Dictionary<long, long> open)
    {
        long id = BinaryPrimitives.ReadInt64BigEndian(entry);
        short epoch = BinaryPrimitives.ReadInt16BigEndian(entry[8..]);
        int sequence = BinaryPrimitives.ReadInt32BigEndian(entry[10..]);
        long lastOffset = BinaryPrimitives.ReadInt64BigEndian(entry[14..]);
        long transaction = BinaryPrimitives.ReadInt64BigEndian(entry[38..]);
        if (lastOffset >= snapshotOffset || transaction >= snapshotOffset)
        {
            return $"It says that producer {id} was at offset {Math.Max(lastOffset, transaction)}, and is itself of offset {snapshotOffset}.";
        }
        // All that Kafka knew of it was a marker's emptied batch.
        if (epoch == BatchHeader.None) return null;
        // A producer may have had its batches deleted; what is said of one that has some must fit them.
        if (!producers.TryGet(id, out var seen)) return null;
        if (seen.Epoch != epoch) return $"It says epoch {epoch} of producer {id}, whose last batch has epoch {seen.Epoch}.";
        if (lastOffset >= 0 && seen.LastOffset >= 0 && (lastOffset != seen.LastOffset || sequence != seen.LastSequence))
        {
            return $"It says sequence {sequence} at offset {lastOffset} of producer {id}, whose last batch has sequence {seen.LastSequence} at offset {seen.LastOffset}.";
        }
        if (open.Remove(id, out long firstOffset) ? transaction >= 0 && transaction <= firstOffset : transaction < 0) return null;
        return transaction >= 0
            ? $"It says that a transaction of producer {id} is open since offset {transaction}, which the batches do not."
            : $"It does not say that a transaction of producer {id} is open since offset {firstOffset}.";
    }
}
