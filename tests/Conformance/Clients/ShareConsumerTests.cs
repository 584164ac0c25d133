using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Moldau.Conformance.Clients;

/// <summary>librdkafka's share consumer (KIP-932).</summary>
public sealed class ShareConsumerTests(ClientBroker broker)
{
    private const int Records = 300;

    private static readonly TimeSpan Turn = TimeSpan.FromMilliseconds(500);

    [Fact]
    public async Task Two_members_share_a_partition_and_get_every_record_once()
    {
        var (topic, group) = await FilledAsync();
        using var first = new NativeShareConsumer(broker.Bootstrap, group, topic);
        using var second = new NativeShareConsumer(broker.Bootstrap, group, topic);
        var seen = new List<string>();
        var counts = new HashSet<int>();
        await Eventually.IsAsync(Records, () =>
        {
            foreach (var member in new[] { first, second })
            {
                foreach (var (value, deliveryCount) in member.Poll(Turn, _ => AcknowledgedAs.Accepted))
                {
                    seen.Add(value);
                    counts.Add(deliveryCount);
                }
            }
            return seen.Count;
        });
        Assert.Equal(Expected(), seen.Order());
        Assert.Equal([1], counts);
    }

    [Fact]
    public async Task Released_records_come_again_and_rejected_ones_do_not()
    {
        var (topic, group) = await FilledAsync();
        var accepted = new List<string>();
        var rejected = new List<string>();
        using (var member = new NativeShareConsumer(broker.Bootstrap, group, topic))
        {
            // Every third is rejected, and each of the others accepted when it comes for the second time.
            await Eventually.IsAsync(Records, () =>
            {
                member.Poll(Turn, record =>
                {
                    if (int.Parse(record.Value) % 3 == 0)
                    {
                        rejected.Add(record.Value);
                        return AcknowledgedAs.Rejected;
                    }
                    if (record.DeliveryCount == 1) return AcknowledgedAs.Released;
                    accepted.Add(record.Value);
                    return AcknowledgedAs.Accepted;
                });
                return accepted.Count + rejected.Count;
            });
        }
        Assert.Equal(Expected(), accepted.Concat(rejected).Order());
        // The next member finds nothing.
        using var next = new NativeShareConsumer(broker.Bootstrap, group, topic);
        for (int turn = 0; turn < 4; turn++) Assert.Empty(next.Poll(Turn, _ => AcknowledgedAs.Accepted));
    }

    private static IEnumerable<string> Expected() => Enumerable.Range(0, Records).Select(number => $"{number:D3}");

    /// <summary>A topic with records, and a share group that begins with the first of them.</summary>
    private async Task<(string Topic, string Group)> FilledAsync()
    {
        if (!NativeShareConsumer.Exists) Assert.Skip("There is no share consumer of librdkafka for this machine.");
        var (topic, group) = (await broker.CreateTopicAsync("queue"), broker.NewName("share"));
        using var admin = broker.Admin();
        var setting = new ConfigEntry { Name = "share.auto.offset.reset", Value = "earliest", IncrementalOperation = AlterConfigOpType.Set };
        await admin.IncrementalAlterConfigsAsync(new() { [new ConfigResource { Type = ResourceType.Group, Name = group }] = [setting] });
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap, LingerMs = 5 }).Build();
        foreach (string value in Expected()) producer.Produce(topic, new Message<Null, string> { Value = value });
        producer.Flush(TimeSpan.FromSeconds(30));
        return (topic, group);
    }
}
