using Moldau.Coordination.Transactions;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Transactions;

/// <summary>What a decision that fails leaves behind.</summary>
public sealed class FailedListingTests
{
    private static readonly Instant Now = new(UtcMs: 1_000_000, TimerMs: 0);

    [Fact]
    public void Listing_that_fails_does_not_touch_the_transaction_that_was_asked_for_before()
    {
        var shard = new TransactionShard(new TransactionSettings());
        Ask(shard, new InitProducerIdRequest { TransactionalId = "x", TransactionTimeoutMs = 1000, ProducerId = -1, ProducerEpoch = -1 });
        Ask(shard, new AddPartitions("x", new TransactionalProducer(101, 0), [new TopicPartition("t", 0)]));
        var filter = new TransactionFilter
        {
            Statuses = null,
            ProducerIds = new HashSet<long>(),
            DurationMs = -1,
            Matches = _ => throw new InvalidOperationException(),
        };

        Assert.Throws<InvalidOperationException>(() => Ask(shard, filter));
        var after = shard.DecideFailed(Now);

        Assert.DoesNotContain(after.Timers, change => change.Key.Kind == TimerKind.TransactionTimeout);
    }

    private static void Ask(TransactionShard shard, object request)
    {
        var decision = shard.Decide(new TransactionCall(new ReplyToken(1), request) { FreshProducerId = 101 }, Now);
        foreach (var record in decision.Records) shard.Apply(record);
    }
}
