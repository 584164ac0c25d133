using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Transactions;

/// <summary>How long a transaction can be open before its coordinator ends it: what is older hangs, if no coordinator has it.</summary>
internal static class MaxTimeout
{
    public const string Key = "transaction.max.timeout.ms";

    private static readonly TimeSpan Default = TimeSpan.FromMinutes(15);

    /// <summary>The longest of all brokers; Kafka's default where this user may not ask for it.</summary>
    public static async Task<TimeSpan> OfAsync(Cluster cluster)
    {
        var longest = TimeSpan.Zero;
        foreach (var broker in cluster.Brokers)
        {
            longest = TimeSpan.FromTicks(Math.Max(longest.Ticks, (await OfAsync(cluster, broker) ?? Default).Ticks));
        }

        return longest > TimeSpan.Zero ? longest : Default;
    }

    private static async Task<TimeSpan?> OfAsync(Cluster cluster, BrokerMetadata broker)
    {
        var resource = new ConfigResource { Type = ResourceType.Broker, Name = broker.BrokerId.ToString(CultureInfo.InvariantCulture) };
        try
        {
            var described = await cluster.AskAsync("how long a transaction may be open", admin => admin.DescribeConfigsAsync([resource]));
            return described[0].Entries.TryGetValue(Key, out var entry) && long.TryParse(entry.Value, NumberStyles.None, CultureInfo.InvariantCulture, out long ms)
                ? TimeSpan.FromMilliseconds(ms)
                : null;
        }
        catch (Exception e) when (e is CommandFailure or KafkaException)
        {
            return null;
        }
    }
}
