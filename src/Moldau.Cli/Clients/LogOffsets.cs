using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Moldau.Cli.Clients;

/// <summary>How far partitions reach: of each its own answer or failure.</summary>
internal static class LogOffsets
{
    private const string Question = "how far the partitions reach";

    private static readonly Error NoAnswer = new(ErrorCode.Local_TimedOut, "No answer came in time.");

    public static Task<Dictionary<TopicPartition, TopicPartitionOffsetError>> OfAsync(
        Cluster cluster, IEnumerable<TopicPartition> partitions, OffsetSpec at, IsolationLevel isolation = IsolationLevel.ReadUncommitted) =>
        OfAsync(cluster, partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = p, OffsetSpec = at }), isolation);

    /// <summary>How far the partitions reach.</summary>
    public static async Task<IEnumerable<GroupPosition>> ReachesAsync(Cluster cluster, IReadOnlyCollection<TopicPartition> partitions)
    {
        var first = await OfAsync(cluster, partitions, OffsetSpec.Earliest()).ConfigureAwait(false);
        var end = await OfAsync(cluster, partitions, OffsetSpec.Latest()).ConfigureAwait(false);
        // After the end: what is written in between would pass for an open transaction.
        var stable = await OfAsync(cluster, partitions, OffsetSpec.Latest(), IsolationLevel.ReadCommitted).ConfigureAwait(false);
        return partitions.Select(p => new GroupPosition(p) { First = Known(first, p), Stable = Known(stable, p), End = Known(end, p) });
    }

    private static async Task<Dictionary<TopicPartition, TopicPartitionOffsetError>> OfAsync(
        Cluster cluster, IEnumerable<TopicPartitionOffsetSpec> wanted, IsolationLevel isolation)
    {
        TopicPartitionOffsetSpec[] asked = [.. wanted];
        if (asked.Length == 0)
        {
            return [];
        }

        var options = new ListOffsetsOptions { IsolationLevel = isolation };
        List<ListOffsetsResultInfo> listed;
        try
        {
            listed = (await cluster.AskAsync(Question, admin => admin.ListOffsetsAsync(asked, options)).ConfigureAwait(false)).ResultInfos;
        }
        catch (ListOffsetsException e)
        {
            listed = e.Result.ResultInfos;
        }

        return listed.All(r => IsUnanswered(r.TopicPartitionOffsetError))
            ? throw cluster.Explain(Question, NoAnswer)
            : listed.Select(r => r.TopicPartitionOffsetError).Select(Told).ToDictionary(r => r.TopicPartition);
    }

    private static TopicPartitionOffsetError Told(TopicPartitionOffsetError found) =>
        IsUnanswered(found) ? new TopicPartitionOffsetError(found.TopicPartition, Offset.Unset, NoAnswer) : found;

    /// <summary>Where a leader does not answer the client library gives no error, and an offset that there is not.</summary>
    private static bool IsUnanswered(TopicPartitionOffsetError found) => found.Offset == Offset.Unset && !found.Error.IsError;

    private static long? Known(Dictionary<TopicPartition, TopicPartitionOffsetError> offsets, TopicPartition partition) =>
        offsets.TryGetValue(partition, out var found) && !found.Error.IsError ? found.Offset.Value : null;
}
