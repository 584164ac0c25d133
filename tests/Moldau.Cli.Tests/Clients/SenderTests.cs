using System.Collections.Concurrent;
using System.Text;
using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Tests.Clients;

public class SenderTests
{
    private static readonly Trouble Untold = new(_ => { }, TimeProvider.System);

    [Fact]
    public async Task A_full_queue_loses_nothing()
    {
        await using var broker = await TestBroker.WithTopicAsync("lines");
        var config = Sender.Config(broker.Connection);
        config.QueueBufferingMaxMessages = 10;
        var offsets = new ConcurrentQueue<long>();
        using var sender = new Sender(config, "lines", delivery => offsets.Enqueue(delivery.Offset), Untold);

        for (int i = 0; i < 500; i++)
        {
            sender.Send(Encoding.UTF8.GetBytes($"line {i}"));
        }

        sender.Flush();
        Assert.Equal((500, 0, 0), (sender.Delivered, sender.Failed, sender.UnderWay));
        Assert.Equal(Enumerable.Range(0, 500).Select(i => (long)i), offsets);
    }

    [Fact]
    public async Task A_message_that_is_too_large_is_reported_and_the_others_go_on()
    {
        await using var broker = await TestBroker.WithTopicAsync("lines");
        var failures = new ConcurrentDictionary<long, ErrorCode?>();
        var config = Sender.Config(broker.Connection);
        using var sender = new Sender(config, "lines", delivery => failures[delivery.Number] = delivery.Failure?.Code, Untold);

        sender.Send(new byte[2_000_000]);
        sender.Send([1]);
        sender.Refuse("too long");
        sender.Flush();

        Assert.Equal((1, 2), (sender.Delivered, sender.Failed));
        Assert.Equal((ErrorCode.MsgSizeTooLarge, null, ErrorCode.Local_Application), (failures[1], failures[2], failures[3]));
    }

    [Fact]
    public async Task What_the_broker_takes_for_a_topic_the_client_sends()
    {
        await using var broker = await TestBroker.StartAsync(new KeyValuePair<string, string>("message.max.bytes", "4000000"));
        var told = new ConcurrentQueue<string>();
        using var sender = new Sender(Sender.Config(broker.Connection), "lines", _ => { }, new Trouble(told.Enqueue, TimeProvider.System));

        sender.Send(new byte[3_000_000]);
        sender.Send(new byte[5_000_000]);
        sender.Flush();

        Assert.Equal((1, 1), (sender.Delivered, sender.Failed));
        Assert.DoesNotContain(told, text => text.Contains("rying again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Why_the_broker_refuses_messages_is_told_while_they_are_tried_again()
    {
        await using var broker = await TestBroker.StartAsync(new KeyValuePair<string, string>("moldau.memory.max.bytes", "1048576"));
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var trouble = new Trouble(text => told.TrySetResult(text), TimeProvider.System);
        using var sender = new Sender(Sender.Config(broker.Connection), "lines", _ => { }, trouble);

        for (int i = 0; i < 30; i++)
        {
            sender.Send(new byte[100_000]);
        }

        Assert.StartsWith("The broker refuses messages for now: ", await told.Task, StringComparison.Ordinal);
    }
}
