using System.Globalization;
using System.Text;
using Moldau.Coordination.SharePartitions;
using Moldau.Log;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Sharing;

/// <summary>
/// Dead letters as batches: a record for each that was given up, with headers that say where it came from and why. Its key, value and own
/// headers are copied if they are wanted and can be read.
/// </summary>
internal static class DeadLetterBatches
{
    private const string Prefix = "__dlq.errors.";
    private const int ReadBytesMax = 1024 * 1024;

    /// <summary>Room for the records of one batch whose contents are not copied.</summary>
    private const int HeadersOnlyBytesMax = 256 * 1024;

    /// <summary>Each batch is the caller's to dispose before the next.</summary>
    public static IEnumerable<BatchBuilder> Of(string groupId, DeadLetters letters, PartitionLog source, int? copiedBytesMax, long nowMs)
    {
        var context = new Context(groupId, letters, source.Name.Topic, source.Name.Partition);
        long next = letters.Offsets.First;
        while (next <= letters.Offsets.Last)
        {
            var batch = new BatchBuilder();
            next = copiedBytesMax is { } bytesMax
                ? CopyOrName(batch, context, source, next, bytesMax, nowMs)
                : Name(batch, context, new(next, context.Last), nowMs);
            if (batch.RecordCount > 0) yield return batch;
            else batch.Dispose();
        }
    }

    /// <summary>What cannot be read, since retention has taken it or it is damaged, is named all the same.</summary>
    private static long CopyOrName(BatchBuilder batch, in Context context, PartitionLog source, long from, int bytesMax, long nowMs)
    {
        long next = Copy(batch, context, source, from, bytesMax, nowMs);
        if (next > from) return next;
        long goneBefore = source.LogStartOffset;
        long last = from < goneBefore ? Math.Min(goneBefore - 1, context.Last) : context.Last;
        return Name(batch, context, new(from, last), nowMs);
    }

    /// <summary>Puts copies into the batch, as many as it holds, and returns the first offset that is not looked at.</summary>
    private static long Copy(BatchBuilder batch, in Context context, PartitionLog source, long from, int bytesMax, long nowMs)
    {
        using var read = source.Read(from, ReadBytesMax, ReadBound.HighWatermark);
        long next = from;
        var batches = new BatchEnumerator(read.Records.Span);
        while (batches.MoveNext() && batches.Current.FirstOffset <= context.Last)
        {
            if (batches.Current.IsControl)
            {
                next = batches.Current.NextOffset;
                continue;
            }
            var bytes = read.Records.Slice(batches.Position, batches.WholeBytes - batches.Position);
            foreach (var record in new BatchRecords(bytes))
            {
                if (record.Offset < next) continue;
                if (record.Offset > context.Last) return record.Offset;
                int recordBytes = (record.Key?.Length ?? 0) + (record.Value?.Length ?? 0) + record.Headers.Encoded.Length + Context.BytesMax;
                if (batch.RecordCount > 0 && batch.UncompressedBytes + recordBytes > bytesMax) return record.Offset;
                batch.Append(nowMs, record.Key, record.Value, context.HeadersOf(record.Offset, record.Headers));
                next = record.Offset + 1;
            }
            next = batches.Current.NextOffset;
        }
        return next;
    }

    private static long Name(BatchBuilder batch, in Context context, OffsetRange offsets, long nowMs)
    {
        long next = offsets.First;
        for (; next <= offsets.Last && batch.UncompressedBytes < HeadersOnlyBytesMax; next++)
        {
            batch.Append(nowMs, (ReadOnlyMemory<byte>?)null, null, context.HeadersOf(next, default));
        }
        return next;
    }

    /// <summary>What the headers of a lot of dead letters say.</summary>
    private readonly record struct Context(string GroupId, DeadLetters Letters, string Topic, int Partition)
    {
        /// <summary>More than what the headers take: names are at most 249 characters, a group's a few hundred.</summary>
        public const int BytesMax = 2_048;

        public long Last => Letters.Offsets.Last;

        private string Reason => Letters.Cause == DeadLetterCause.Rejected
            ? "A member of the group rejected the record."
            : "The record was delivered as often as the group allows, and never accepted.";

        public RecordHeaders HeadersOf(long offset, RecordHeaders own)
        {
            var ours = RecordHeaders.Of(
                (Prefix + "topic", Encoding.UTF8.GetBytes(Topic)),
                (Prefix + "partition", TextOf(Partition)),
                (Prefix + "offset", TextOf(offset)),
                (Prefix + "group", Encoding.UTF8.GetBytes(GroupId)),
                (Prefix + "delivery.count", TextOf(Letters.DeliveryCount)),
                (Prefix + "message", Encoding.UTF8.GetBytes(Reason)));
            byte[] all = [.. own.Encoded.Span, .. ours.Encoded.Span];
            return new RecordHeaders(own.Count + ours.Count, all);
        }

        private static byte[] TextOf(long number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));
    }
}
