using Confluent.Kafka;

namespace Moldau.Cli.Commands;

/// <summary>Partitions in few letters: <c>t:0-3,7 u:1</c>.</summary>
internal static class PartitionText
{
    public static string Of(IEnumerable<TopicPartition> partitions) => string.Join(' ', partitions
        .GroupBy(p => p.Topic, StringComparer.Ordinal)
        .OrderBy(topic => topic.Key, StringComparer.Ordinal)
        .Select(topic => $"{topic.Key}:{Of(topic.Select(p => p.Partition.Value))}"));

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
