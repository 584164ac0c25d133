using Moldau.Log.Producers;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

/// <summary>What a log refuses of transactions for which its own state does not vouch (KIP-890).</summary>
public class TransactionGuardTests
{
    private const byte Abort = 0, Commit = 1;

    private static readonly Batch Data = new() { ProducerId = 7, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional };

    private readonly TestLog _log = new();

    [Fact]
    public void A_batch_that_would_begin_a_transaction_is_refused_if_one_has_ended_since_its_coordinator_was_asked()
    {
        long asked = _log.Log.TransactionOf(7).Ended;
        Append(Data.BuildMarker(Commit), AppendOrigin.Coordinator);

        Assert.Equal(ErrorCode.InvalidTxnState, Append(Data.Build(), ended: asked).Error);
        Assert.Equal(ErrorCode.None, Append(Data.Build(), ended: _log.Log.TransactionOf(7).Ended).Error);
    }

    [Fact]
    public void A_batch_of_a_transaction_that_is_open_needs_no_answer()
    {
        long asked = _log.Log.TransactionOf(7).Ended;
        Assert.Equal(ErrorCode.None, Append(Data.Build(), ended: asked).Error);
        Assert.True(_log.Log.TransactionOf(7).IsOpenUnder(0));
        Assert.False(_log.Log.TransactionOf(7).IsOpenUnder(1));
        Assert.Equal(ErrorCode.None, Append((Data with { Sequence = 1 }).Build(), ended: asked).Error);
    }

    [Fact]
    public void A_repeated_batch_is_recognised_though_its_transaction_has_ended()
    {
        long asked = _log.Log.TransactionOf(7).Ended;
        Append(Data.Build(), ended: asked);
        Append(Data.BuildMarker(Abort), AppendOrigin.Coordinator);

        Assert.True(Append(Data.Build(), ended: asked).IsDuplicate);
        Assert.Equal(_log.Log.HighWatermark, _log.Log.LastStableOffset);
    }

    [Fact]
    public void A_producer_that_is_not_known_begins_its_transaction_at_sequence_0()
    {
        var context = new AppendContext { LeaderEpoch = 0, TransactionsEnded = 0, MustBeginAtZero = true };
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, _log.Log.Append((Data with { Sequence = 5 }).Build(), context).Error);
        Assert.Equal(ErrorCode.None, _log.Log.Append(Data.Build(), context).Error);
    }

    [Fact]
    public void A_batch_waits_for_the_one_before_it_that_was_refused_on_its_way_to_the_log()
    {
        Assert.True(BatchHeader.TryRead(Data.Build(), out var first));
        _log.Log.NoteRefused(first, BatchRefusal.InPassing);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append((Data with { Sequence = 1 }).Build(), ended: 0).Error);
        Assert.Equal(ErrorCode.None, Append(Data.Build(), ended: 0).Error);
        Assert.Equal(ErrorCode.None, Append((Data with { Sequence = 1 }).Build(), ended: 0).Error);
    }

    [Fact]
    public void A_marker_that_must_raise_the_epoch_is_refused_if_it_does_not()
    {
        Append(Data.Build(), ended: 0);
        var context = new AppendContext { LeaderEpoch = 0, Origin = AppendOrigin.Coordinator, MarkerRaisesEpoch = true };

        Assert.Equal(ErrorCode.InvalidProducerEpoch, _log.Log.Append(Data.BuildMarker(Commit), context).Error);
        Assert.Equal(ErrorCode.None, _log.Log.Append((Data with { Epoch = 1 }).BuildMarker(Commit), context).Error);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, Append((Data with { Sequence = 1 }).Build(), ended: 1).Error);
    }

    [Fact]
    public void A_marker_that_raises_the_epoch_of_a_producer_that_is_forgotten_is_taken()
    {
        Append(Data.Build(), ended: 0);
        var context = new AppendContext { LeaderEpoch = 0, Origin = AppendOrigin.Coordinator, MarkerRaisesEpoch = true };
        byte[] marker = (Data with { Epoch = 1 }).BuildMarker(Commit);
        Assert.Equal(ErrorCode.None, _log.Log.Append(marker, context).Error);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, _log.Log.Append(Data.BuildMarker(Commit), context).Error);

        // No upkeep has come by. Whoever asks what is known of the producer is told that it is nothing.
        _log.Clock.NowMs += 24 * 60 * 60 * 1000;
        Assert.Equal(BatchHeader.None, _log.Log.TransactionOf(7).Epoch);
        Assert.Equal(ErrorCode.None, _log.Log.Append(marker, context).Error);
    }

    [Fact]
    public void A_marker_that_raises_the_epoch_may_be_repeated_until_a_transaction_is_open_under_it()
    {
        Append(Data.Build(), ended: 0);
        var context = new AppendContext { LeaderEpoch = 0, Origin = AppendOrigin.Coordinator, MarkerRaisesEpoch = true };
        byte[] marker = (Data with { Epoch = 1 }).BuildMarker(Abort);
        Assert.Equal(ErrorCode.None, _log.Log.Append(marker, context).Error);
        Assert.Equal(ErrorCode.None, _log.Log.Append(marker, context).Error);
        Assert.Single(_log.Log.AbortedTransactions(0, _log.Log.LogEndOffset));

        Append((Data with { Epoch = 1 }).Build(), ended: 2);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, _log.Log.Append(marker, context).Error);
    }

    [Fact]
    public void A_coordinators_own_batch_of_an_older_epoch_is_refused()
    {
        Append((Data with { Epoch = 1 }).BuildMarker(Abort), AppendOrigin.Coordinator);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, Append(Data.Build(), AppendOrigin.Coordinator).Error);
    }

    private AppendResult Append(byte[] batch, AppendOrigin origin = AppendOrigin.Client, long? ended = null) =>
        _log.Log.Append(batch, new AppendContext { LeaderEpoch = 0, Origin = origin, TransactionsEnded = ended });
}
