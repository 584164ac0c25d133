using CsCheck;
using Moldau.Cli.Analyses;

namespace Moldau.Cli.Tests.Analyses;

public class TimeOrderTests
{
    [Fact]
    public void One_partition_waits_for_nothing()
    {
        var order = Over(0);
        order.Add(At(5, 0, 0), nowMs: 100);
        Assert.Equal([At(5, 0, 0)], Drain(order, nowMs: 100));
    }

    [Fact]
    public void A_backlog_is_merged_by_timestamp_and_what_shares_a_millisecond_by_partition()
    {
        var order = Over(0, 1);
        Message[] backlog = [At(10, 0, 0), At(12, 0, 1), At(12, 1, 0), At(11, 1, 1), At(30, 1, 2)];
        foreach (var message in backlog)
        {
            order.Add(message, nowMs: 0);
        }

        // The message of time 11 stands behind that of time 12 in its partition, and a partition keeps its own order.
        Assert.Equal([At(10, 0, 0), At(12, 0, 1)], Drain(order, nowMs: 0));
        order.ReachedEnd(0);
        Assert.Equal([At(12, 1, 0), At(11, 1, 1), At(30, 1, 2)], Drain(order, nowMs: TimeOrder.DelayMs));
    }

    [Fact]
    public void Behind_partitions_at_their_end_a_message_waits_for_the_delay()
    {
        var order = Over(0, 1);
        order.ReachedEnd(1);
        order.Add(At(5, 0, 0), nowMs: 100);
        Assert.Empty(Drain(order, nowMs: 100 + TimeOrder.DelayMs - 1));
        Assert.Equal(1, order.WaitMs(100 + TimeOrder.DelayMs - 1));
        order.Add(At(4, 1, 0), nowMs: 200);
        Assert.Equal([At(4, 1, 0)], Drain(order, nowMs: 200));
        order.ReachedEnd(1);
        Assert.Equal([At(5, 0, 0)], Drain(order, nowMs: 100 + TimeOrder.DelayMs));
    }

    [Fact]
    public void A_partition_that_does_not_answer_holds_the_others_up_for_a_bounded_time()
    {
        var order = Over(0, 1);
        order.Add(At(5, 0, 0), nowMs: 0);
        Assert.Empty(Drain(order, nowMs: TimeOrder.SilenceMs - 1));
        Assert.Equal([At(5, 0, 0)], Drain(order, nowMs: TimeOrder.SilenceMs));
    }

    [Fact]
    public void What_comes_too_late_is_shown_when_it_comes()
    {
        var order = Over(0, 1);
        order.ReachedEnd(1);
        order.Add(At(5, 0, 0), nowMs: 0);
        Assert.Equal([At(5, 0, 0)], Drain(order, nowMs: TimeOrder.DelayMs));
        order.ReachedEnd(0);
        order.Add(At(4, 1, 0), nowMs: 1_000);
        Assert.Equal([At(4, 1, 0)], Drain(order, nowMs: 1_000 + TimeOrder.DelayMs));
    }

    [Fact]
    public void A_new_assignment_drops_what_another_member_reads_now()
    {
        var order = Over(0, 1);
        order.Add(At(5, 0, 0), nowMs: 0);
        order.Assign([1]);
        order.Add(At(6, 0, 1), nowMs: 0);
        Assert.Null(order.WaitMs(0));
    }

    [Fact]
    public void Whatever_the_arrival_the_order_is_that_of_time_partition_and_offset() =>
        Gen.Select(Gen.Int[0, 20].Array[0, 12].Array[1, 4], Gen.Int).Sample((times, seed) =>
        {
            // Within a partition timestamps rise; across partitions messages arrive in any order.
            var order = Over([.. Enumerable.Range(0, times.Length)]);
            Queue<Message>[] partitions =
                [.. times.Select((t, p) => new Queue<Message>(t.Order().Select((time, offset) => At(time, p, offset))))];
            Message[] all = [.. partitions.SelectMany(p => p).OrderBy(m => m.Place)];
            var shown = new List<Message>();
            var random = new Random(seed);
            while (partitions.Any(p => p.Count > 0))
            {
                var open = partitions.Where(p => p.Count > 0).ToArray();
                order.Add(open[random.Next(open.Length)].Dequeue(), nowMs: 0);
                shown.AddRange(Drain(order, nowMs: 0));
            }

            shown.AddRange(Drain(order, nowMs: TimeOrder.SilenceMs));
            return all.SequenceEqual(shown);
        });

    private static TimeOrder Over(params int[] partitions)
    {
        var order = new TimeOrder();
        order.Assign(partitions);
        return order;
    }

    private static Message At(long timestampMs, int partition, long offset) => new("numbers", partition, offset, timestampMs, "1");

    private static List<Message> Drain(TimeOrder order, long nowMs)
    {
        var taken = new List<Message>();
        while (order.TryTake(nowMs, out var message))
        {
            taken.Add(message);
        }

        return taken;
    }
}
