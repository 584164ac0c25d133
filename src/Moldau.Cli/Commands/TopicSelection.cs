using System.CommandLine.Parsing;
using System.Globalization;
using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands;

/// <summary>A topic, and which of its partitions: <c>orders</c>, <c>orders:0,4-7</c>. None named are all.</summary>
internal sealed record TopicSelection(string Topic, IReadOnlyList<int>? Partitions)
{
    public const string Form = "TOPIC[:PARTITIONS]";

    private const int PartitionsMax = 1_000_000;

    public static void Check(OptionResult result)
    {
        foreach (var token in result.Tokens.Where(token => Parse(token.Value) is null))
        {
            result.AddError($"{result.IdentifierToken?.Value} takes {Form}, as orders or orders:0,4-7; not '{token.Value}'.");
        }
    }

    /// <summary>Null if it is none.</summary>
    public static TopicSelection? Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        string topic = colon < 0 ? text : text[..colon];
        if (!TopicName.IsLegal(topic))
        {
            return null;
        }

        if (colon < 0)
        {
            return new TopicSelection(topic, null);
        }

        var partitions = new SortedSet<int>();
        return text[(colon + 1)..].Split(',').All(run => TryAdd(run, partitions)) ? new TopicSelection(topic, [.. partitions]) : null;
    }

    /// <exception cref="CommandFailure">The topic, or one of these partitions, does not exist.</exception>
    public IEnumerable<TopicPartition> In(Cluster cluster)
    {
        int count = cluster.Partitions(Topic);
        if (count == 0)
        {
            throw cluster.MissingTopic(Topic);
        }

        var partitions = Partitions ?? [.. Enumerable.Range(0, count)];
        return partitions[^1] < count
            ? partitions.Select(p => new TopicPartition(Topic, p))
            : throw new CommandFailure($"The topic {Topic} has the partitions 0 to {count - 1}, and no {partitions[^1]}.", "");
    }

    private static bool TryAdd(string run, SortedSet<int> partitions)
    {
        string[] ends = run.Split('-');
        if (ends.Length > 2 || !TryRead(ends[0], out int first) || !TryRead(ends[^1], out int last) || last < first)
        {
            return false;
        }

        partitions.UnionWith(Enumerable.Range(first, last - first + 1));
        return true;
    }

    private static bool TryRead(string text, out int partition) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out partition) && partition < PartitionsMax;
}
