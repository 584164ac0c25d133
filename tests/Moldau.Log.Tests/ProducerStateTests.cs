using Moldau.Log.Producers;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

public class ProducerStateTests
{
    private const long DayMs = 24 * 60 * 60 * 1000;

    private readonly TestLog _log = new();

    [Fact]
    public void A_repeated_batch_gets_its_first_offset_and_its_timestamp_and_is_not_stored_again()
    {
        Append(sequence: 0, records: 3);
        Append(sequence: 3, records: 2, timestampMs: 777);
        Append(sequence: 5);
        var repeated = Append(sequence: 3, records: 2, timestampMs: 777);
        Assert.Equal(
            new AppendResult { IsDuplicate = true, BaseOffset = 3, LastOffset = 4, LogStartOffset = 0, DuplicateTimestampMs = 777 },
            repeated);
        Assert.Equal(6, _log.Log.LogEndOffset);
    }

    [Fact]
    public void Five_batches_are_remembered_and_the_sixth_to_last_is_out_of_order()
    {
        for (int sequence = 0; sequence < 6; sequence++) Append(sequence);
        Assert.True(Append(sequence: 1).IsDuplicate);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(sequence: 0).Error);
    }

    [Fact]
    public void A_gap_in_the_sequence_is_refused()
    {
        Append(sequence: 0);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(sequence: 2).Error);
        Assert.Equal(1, _log.Log.LogEndOffset);
    }

    [Fact]
    public void A_producer_that_is_not_known_may_begin_at_any_sequence() => Assert.Equal(ErrorCode.None, Append(sequence: 4711).Error);

    [Fact]
    public void An_older_epoch_is_fenced()
    {
        Append(sequence: 0, epoch: 3);
        Assert.Equal(ErrorCode.InvalidProducerEpoch, Append(sequence: 1, epoch: 2).Error);
    }

    [Fact]
    public void A_new_epoch_begins_at_sequence_0()
    {
        Append(sequence: 0);
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, Append(sequence: 1, epoch: 1).Error);
        Assert.Equal(ErrorCode.None, Append(sequence: 0, epoch: 1).Error);
    }

    [Fact]
    public void The_sequence_goes_on_at_0_after_its_largest_number()
    {
        Append(sequence: int.MaxValue - 1, records: 2);
        Assert.Equal(ErrorCode.None, Append(sequence: 0).Error);
    }

    [Fact]
    public void A_batch_across_the_largest_sequence_is_recognised_when_repeated()
    {
        Append(sequence: int.MaxValue - 1, records: 5);
        Assert.True(Append(sequence: int.MaxValue - 1, records: 5).IsDuplicate);
        Assert.Equal(ErrorCode.None, Append(sequence: 3).Error);
    }

    [Fact]
    public void An_idle_producer_is_forgotten_after_its_expiration()
    {
        Append(sequence: 0);
        _log.Clock.NowMs += DayMs;
        Assert.Equal(ErrorCode.None, Append(sequence: 100).Error);
    }

    [Fact]
    public void A_producer_that_writes_old_timestamps_is_not_idle()
    {
        _log.Clock.NowMs = 100 * DayMs;
        Append(sequence: 0, timestampMs: 5);
        Assert.True(Append(sequence: 0, timestampMs: 5).IsDuplicate);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Repetitions_with_old_timestamps_are_recognised_after_a_restart(bool isClean)
    {
        var disk = new SimulatedDisk(seed: 1);
        disk.CreateDirectory("/data");
        var log = new TestLog(files: disk);
        log.Clock.NowMs = 100 * DayMs;
        byte[] batch = new Batch { ProducerId = 7, Epoch = 0, Sequence = 0, TimestampMs = 5 }.Build();
        log.Append(batch);
        log.Commit();
        if (isClean) await log.Directory.DisposeAsync();
        else disk.RestartAfterKill();
        log.Reopen();
        Assert.True(log.Append(batch).IsDuplicate);
    }

    [Fact]
    public async Task A_producer_that_stays_idle_after_a_restart_is_forgotten()
    {
        Append(sequence: 0);
        await _log.RestartAsync();
        _log.Clock.NowMs += DayMs;
        Assert.Equal(ErrorCode.None, Append(sequence: 100).Error);
    }

    [Fact]
    public async Task Repetitions_are_recognised_after_a_clean_restart()
    {
        Append(sequence: 0, records: 2);
        await _log.RestartAsync();
        var repeated = Append(sequence: 0, records: 2);
        Assert.True(repeated.IsDuplicate);
        Assert.Equal(0, repeated.BaseOffset);
    }

    [Fact]
    public void An_open_transaction_holds_the_last_stable_offset_until_its_marker_is_committed()
    {
        _log.Append(new Batch().Build());
        Transactional(sequence: 0);
        _log.Append(new Batch().Build());
        _log.Commit();
        Assert.Equal((1L, 3L), (_log.Log.LastStableOffset, _log.Log.HighWatermark));
        EndTransaction(commit: 1);
        Assert.Equal(1, _log.Log.LastStableOffset);
        _log.Commit();
        Assert.Equal(4, _log.Log.LastStableOffset);
    }

    [Fact]
    public void An_aborted_transaction_is_told_to_those_who_read_its_records()
    {
        Transactional(sequence: 0);
        Transactional(sequence: 1);
        EndTransaction(commit: 0);
        _log.Append(new Batch().Build());
        _log.Commit();
        var aborted = Assert.Single(_log.Log.AbortedTransactions(1, 4));
        Assert.Equal((9L, 0L, 2L, 3L), (aborted.ProducerId, aborted.FirstOffset, aborted.LastOffset, aborted.LastStableOffset));
        Assert.Empty(_log.Log.AbortedTransactions(3, 4));
    }

    [Fact]
    public void Records_outside_of_the_open_transaction_of_a_producer_are_refused()
    {
        Transactional(sequence: 0);
        Assert.Equal(ErrorCode.InvalidTxnState, _log.Append(new Batch { ProducerId = 9, Epoch = 0, Sequence = 1 }.Build()).Error);
    }

    [Fact]
    public void A_marker_of_a_coordinator_that_was_replaced_is_refused()
    {
        EndTransaction(commit: 1, coordinatorEpoch: 5);
        Assert.Equal(ErrorCode.TransactionCoordinatorFenced, EndTransaction(commit: 1, coordinatorEpoch: 4).Error);
    }

    [Fact]
    public async Task An_open_transaction_is_still_open_after_a_restart()
    {
        Transactional(sequence: 0);
        _log.Append(new Batch().Build());
        await _log.RestartAsync();
        Assert.Equal((0L, 2L), (_log.Log.LastStableOffset, _log.Log.HighWatermark));
    }

    [Fact]
    public void Active_producers_are_told_with_their_last_sequence_and_open_transaction_until_they_expire()
    {
        Append(sequence: 0, records: 3, epoch: 2);
        Transactional(sequence: 0);

        var idempotent = new ActiveProducer { ProducerId = 7, Epoch = 2, LastSequence = 2, LastTimestampMs = 1_000, CoordinatorEpoch = -1, TransactionFirstOffset = -1 };
        Assert.Equal((idempotent, 3L), (_log.Log.ActiveProducers()[0], _log.Log.ActiveProducers()[1].TransactionFirstOffset));

        _log.Clock.NowMs += DayMs;
        // A transaction that is open keeps its producer.
        Assert.Equal([9L], _log.Log.ActiveProducers().Select(producer => producer.ProducerId));
    }

    private AppendResult Append(int sequence, int records = 1, short epoch = 0, long timestampMs = 1_000) =>
        _log.Append(new Batch { ProducerId = 7, Epoch = epoch, Sequence = sequence, Records = records, TimestampMs = timestampMs }.Build());

    private void Transactional(int sequence) =>
        _log.Append(new Batch { ProducerId = 9, Epoch = 0, Sequence = sequence, Attributes = BatchAttributes.Transactional }.Build());

    private AppendResult EndTransaction(byte commit, byte coordinatorEpoch = 0) =>
        _log.Append(new Batch { ProducerId = 9, Epoch = 0 }.BuildMarker(commit, coordinatorEpoch), origin: AppendOrigin.Coordinator);
}
