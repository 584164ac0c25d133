using System.Globalization;
using System.Text;
using Moldau.Coordination.SharePartitions;
using Moldau.Log;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Sharing;

/// <summary>The headers of dead letters: where the records came from, and why they were given up.</summary>
internal sealed class DeadLetterHeaders(string groupId, DeadLetters letters, PartitionName source)
{
    private const string Prefix = "__dlq.errors.";

    private string Reason => letters.Cause == DeadLetterCause.Rejected
        ? "A member of the group rejected the record."
        : "The record was delivered as often as the group allows, and never accepted.";

    /// <summary>Behind the record's own headers, where those are copied.</summary>
    public RecordHeaders Of(long offset, RecordHeaders own)
    {
        var ours = RecordHeaders.Of(
            (Prefix + "topic", Encoding.UTF8.GetBytes(source.Topic)),
            (Prefix + "partition", TextOf(source.Partition)),
            (Prefix + "offset", TextOf(offset)),
            (Prefix + "group", Encoding.UTF8.GetBytes(groupId)),
            (Prefix + "delivery.count", TextOf(letters.DeliveryCount)),
            (Prefix + "message", Encoding.UTF8.GetBytes(Reason)));
        byte[] all = [.. own.Encoded.Span, .. ours.Encoded.Span];
        return new RecordHeaders(own.Count + ours.Count, all);
    }

    private static byte[] TextOf(long number) => Encoding.UTF8.GetBytes(number.ToString(CultureInfo.InvariantCulture));
}
