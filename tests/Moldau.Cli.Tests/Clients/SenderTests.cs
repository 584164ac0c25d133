using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

public class SenderTests
{
    [Fact]
    public void A_full_queue_loses_nothing()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("lines", partitions: 1);
        var config = Sender.Config(new Connection(cluster.BootstrapServers));
        config.QueueBufferingMaxMessages = 10;
        var offsets = new ConcurrentQueue<long>();
        using var sender = new Sender(config, "lines", delivery => offsets.Enqueue(delivery.Offset), _ => { });

        for (int i = 0; i < 500; i++)
        {
            sender.Send(Encoding.UTF8.GetBytes($"line {i}"));
        }

        sender.Flush();
        Assert.Equal((500, 0, 0), (sender.Delivered, sender.Failed, sender.UnderWay));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), offsets);
    }

    [Fact]
    public void A_message_that_is_too_large_is_reported_and_the_others_go_on()
    {
        using var cluster = new MockCluster();
        cluster.CreateTopic("lines", partitions: 1);
        var failures = new ConcurrentQueue<ErrorCode?>();
        var config = Sender.Config(new Connection(cluster.BootstrapServers));
        using var sender = new Sender(config, "lines", delivery => failures.Enqueue(delivery.Failure?.Code), _ => { });

        sender.Send(new byte[2_000_000]);
        sender.Send([1]);
        sender.Refuse(new Error(ErrorCode.MsgSizeTooLarge));
        sender.Flush();

        Assert.Equal((1, 2), (sender.Delivered, sender.Failed));
        Assert.Equal(2, failures.Count(f => f == ErrorCode.MsgSizeTooLarge));
    }
}
