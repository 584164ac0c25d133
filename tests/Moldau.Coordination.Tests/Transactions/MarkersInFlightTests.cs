using Moldau.Coordination.Transactions;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Transactions;

/// <summary>Markers that are under way twice, since a decision about their id has failed: two transactions of one epoch look alike.</summary>
public sealed class MarkersInFlightTests
{
    private static readonly Instant Now = new(UtcMs: 1_000_000, TimerMs: 0);
    private static readonly TransactionalProducer Producer = new(ProducerId: 101, Epoch: 0);

    private readonly TransactionShard _shard = new(new TransactionSettings());

    [Fact]
    public void What_comes_late_of_one_transaction_says_nothing_of_the_next_of_its_epoch()
    {
        Ask(new InitProducerIdRequest { TransactionalId = "x", TransactionTimeoutMs = 1000, ProducerId = -1, ProducerEpoch = -1 });
        var (first, second) = CommitTwiceWritten();
        Carry(_shard.Decide(new MarkersWritten(second), Now));
        Assert.Equal(TransactionStatus.CompleteCommit, Status);

        var next = Commit();
        Assert.Empty(_shard.Decide(new MarkersWritten(first), Now).Records);
        Assert.Empty(_shard.Decide(new MarkersNotWritten(first), Now).Timers);
        Assert.Equal(TransactionStatus.PrepareCommit, Status);
        Carry(_shard.Decide(new MarkersWritten(next), Now));
        Assert.Equal(TransactionStatus.CompleteCommit, Status);
    }

    private TransactionStatus Status => _shard.Durable.Find("x")!.Status;

    /// <summary>As a client of the first version: its epoch stays.</summary>
    private WriteMarkers Commit()
    {
        Ask(new AddPartitions("x", Producer, [new TopicPartition("t", 0)]));
        return Assert.IsType<WriteMarkers>(Assert.Single(Ask(new EndTransaction("x", Producer, IsCommit: true)).Effects));
    }

    /// <summary>Commits, and has the markers written once more while nobody knows what comes of them.</summary>
    private (WriteMarkers First, WriteMarkers Second) CommitTwiceWritten()
    {
        var first = Commit();
        var retry = Assert.Single(_shard.DecideFailed(Now).Timers);
        var again = _shard.TimerFired(retry.Key, Now);
        return (first, Assert.IsType<WriteMarkers>(Assert.Single(again.Effects)));
    }

    private Decision<CoordinatorRecord> Ask(object request) =>
        Carry(_shard.Decide(new TransactionCall(new ReplyToken(1), request) { FreshProducerId = Producer.ProducerId }, Now));

    private Decision<CoordinatorRecord> Carry(Decision<CoordinatorRecord> decision)
    {
        foreach (var record in decision.Records) _shard.Apply(record);
        return decision;
    }
}
