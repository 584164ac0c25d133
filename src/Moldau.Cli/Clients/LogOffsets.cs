using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Moldau.Cli.Clients;

/// <summary>How far partitions reach: of each its own answer or failure.</summary>
internal static class LogOffsets
{
    public static Task<Dictionary<TopicPartition, TopicPartitionOffsetError>> OfAsync(
        Cluster cluster, IEnumerable<TopicPartition> partitions, OffsetSpec at, IsolationLevel isolation = IsolationLevel.ReadUncommitted) =>
        OfAsync(cluster, partitions.Select(p => new TopicPartitionOffsetSpec { TopicPartition = p, OffsetSpec = at }), isolation);

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
            listed = (await cluster.AskAsync(admin => admin.ListOffsetsAsync(asked, options)).ConfigureAwait(false)).ResultInfos;
        }
        catch (ListOffsetsException e)
        {
            listed = e.Result.ResultInfos;
        }

        return listed.Select(r => r.TopicPartitionOffsetError).ToDictionary(r => r.TopicPartition);
    }
}
