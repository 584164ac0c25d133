using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands;

/// <summary>Partitions in few letters: <c>t:0-3,7 u:1</c>.</summary>
internal static class PartitionText
{
    public static string Of(IEnumerable<TopicPartition> partitions) => Of(partitions.Select(p => (p.Topic, p.Partition.Value)));

    /// <summary>Subtopologies take the place of topics.</summary>
    public static string Of(IEnumerable<StreamsTask> tasks) => Of(tasks.Select(task => (task.Subtopology, task.Partition)));

    private static string Of(IEnumerable<(string Of, int Index)> partitions) => string.Join(' ', partitions
        .GroupBy(p => p.Of, p => p.Index, StringComparer.Ordinal)
        .OrderBy(alike => alike.Key, StringComparer.Ordinal)
        .Select(alike => $"{alike.Key}:{Of(alike)}"));

    public static string Of(IEnumerable<int> partitions)
    {
        var runs = new List<(int First, int Last)>();
        foreach (int partition in partitions.Order())
        {
            if (runs.Count > 0 && runs[^1].Last == partition - 1)
            {
                runs[^1] = (runs[^1].First, partition);
            }
            else
            {
                runs.Add((partition, partition));
            }
        }

        return string.Join(',', runs.Select(run => run.First == run.Last ? $"{run.First}" : $"{run.First}-{run.Last}"));
    }
}
