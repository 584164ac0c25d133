using Moldau.Coordination.SharePartitions;
using Moldau.Log;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Sharing;

/// <summary>What the dead letters of a group have to be: with the records' contents or without, and in batches that their queue takes.</summary>
internal readonly record struct DeadLetterForm(bool CopiesRecords, int BatchBytesMax);

/// <summary>A batch of dead letters, which its taker disposes, and the offsets that are done with it.</summary>
internal readonly record struct DeadLetterBatch(BatchBuilder Records, OffsetRange Offsets);

/// <summary>
/// Dead letters as batches: a record for each that was given up, with headers that say where it came from and why. Its key, value and own
/// headers are copied if they are wanted, can be read, and are not too large for the queue.
/// </summary>
internal sealed class DeadLetterBatches(DeadLetterHeaders headers, PartitionLog source, DeadLetterForm form, long nowMs)
{
    private const int ReadBytesMax = 1024 * 1024;

    /// <summary>Room for the records of one batch whose contents are not copied.</summary>
    private const int HeadersOnlyBytesMax = 256 * 1024;

    /// <summary>What a record has beside its key, its value and its headers, at most: lengths, a count, differences and attributes.</summary>
    private const int RecordOverheadMax = 40;

    public IEnumerable<DeadLetterBatch> Of(OffsetRange offsets)
    {
        for (long next = offsets.First; next <= offsets.Last;)
        {
            long from = next;
            var batch = new BatchBuilder();
            try
            {
                next = form.CopiesRecords ? CopyOrName(batch, offsets with { First = from }) : Name(batch, offsets with { First = from });
            }
            catch
            {
                batch.Dispose();
                throw;
            }
            if (batch.RecordCount > 0) yield return new(batch, new(from, Math.Min(next - 1, offsets.Last)));
            else batch.Dispose();
        }
    }

    /// <summary>What cannot be read, since retention has taken it or the log is damaged from there on, is named all the same.</summary>
    private long CopyOrName(BatchBuilder batch, OffsetRange offsets)
    {
        long next = Copy(batch, offsets);
        if (next > offsets.First) return next;
        long goneBefore = source.LogStartOffset;
        return Name(batch, offsets.First < goneBefore ? offsets with { Last = Math.Min(goneBefore - 1, offsets.Last) } : offsets);
    }

    /// <summary>Puts copies into the batch, as many as it holds, and returns the first offset that is not looked at.</summary>
    private long Copy(BatchBuilder batch, OffsetRange offsets)
    {
        using var read = source.Read(offsets.First, ReadBytesMax, ReadBound.HighWatermark);
        long next = offsets.First;
        var batches = new BatchEnumerator(read.Records.Span);
        while (batches.MoveNext() && batches.Current.FirstOffset <= offsets.Last)
        {
            if (!batches.Current.IsControl)
            {
                long last = Math.Min(batches.Current.LastOffset, offsets.Last);
                next = Copy(batch, new(next, last), read.Records[batches.Position..batches.WholeBytes]);
                if (next <= last) return next; // There is no room for more.
            }
            next = batches.Current.NextOffset;
        }
        return next;
    }

    /// <summary>The offsets within one batch of the source; what cannot be decoded of it is named.</summary>
    private long Copy(BatchBuilder batch, OffsetRange offsets, ReadOnlyMemory<byte> sourceBatch)
    {
        long next = offsets.First;
        try
        {
            foreach (var record in new BatchRecords(sourceBatch))
            {
                if (record.Offset < next) continue;
                if (record.Offset > offsets.Last) break;
                if (!TryAppend(batch, record)) return record.Offset;
                next = record.Offset + 1;
            }
            return offsets.Last + 1;
        }
        catch (MalformedBatchException)
        {
            return Name(batch, offsets with { First = next });
        }
    }

    /// <summary>False where the batch has no room for it. A record that no batch has room for is named.</summary>
    private bool TryAppend(BatchBuilder batch, in Record record)
    {
        var all = headers.Of(record.Offset, record.Headers);
        int contentBytes = (record.Key?.Length ?? 0) + (record.Value?.Length ?? 0) + all.Encoded.Length;
        if (BatchHeader.Size + contentBytes + RecordOverheadMax > form.BatchBytesMax) return TryName(batch, record.Offset, form.BatchBytesMax);
        if (!HasRoom(batch, contentBytes, form.BatchBytesMax)) return false;
        batch.Append(nowMs, record.Key, record.Value, all);
        return true;
    }

    private long Name(BatchBuilder batch, OffsetRange offsets)
    {
        int bytesMax = Math.Min(HeadersOnlyBytesMax, form.BatchBytesMax);
        long next = offsets.First;
        while (next <= offsets.Last && TryName(batch, next, bytesMax)) next++;
        return next;
    }

    private bool TryName(BatchBuilder batch, long offset, int bytesMax)
    {
        var ours = headers.Of(offset, own: default);
        if (!HasRoom(batch, ours.Encoded.Length, bytesMax)) return false;
        batch.Append(nowMs, (ReadOnlyMemory<byte>?)null, null, ours);
        return true;
    }

    /// <summary>The first record is put in whatever the queue takes: it is for that to refuse, which then tells of it.</summary>
    private static bool HasRoom(BatchBuilder batch, int contentBytes, int bytesMax) =>
        batch.RecordCount == 0 || batch.UncompressedBytes + contentBytes + RecordOverheadMax <= bytesMax;
}
