using Moldau.Log.Cleaning;
using Moldau.Log.Producers;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests.Cleaning;

public class CleanedTransactionsTests
{
    private static readonly TransactionMarker Commit = new(IsCommit: true, CoordinatorEpoch: 0);
    private static readonly TransactionMarker Abort = new(IsCommit: false, CoordinatorEpoch: 0);

    private readonly CleanedTransactions _transactions = new();

    [Fact]
    public void A_commit_marker_is_done_only_when_no_data_of_its_transaction_is_left()
    {
        Assert.False(_transactions.IsAborted(Data(producer: 1, 0)));
        Assert.False(_transactions.End(Control(1, 1), Commit).IsDone);
        Assert.True(_transactions.End(Control(1, 2), Commit).IsDone);
    }

    [Fact]
    public void Data_is_aborted_from_the_first_offset_of_its_transaction_to_the_marker()
    {
        var aborted = new AbortedTransaction(1, FirstOffset: 5, LastOffset: 9, LastStableOffset: 10);
        _transactions.Expect([aborted]);
        Assert.False(_transactions.IsAborted(Data(1, 3)));
        Assert.False(_transactions.End(Control(1, 4), Commit).IsDone);
        Assert.True(_transactions.IsAborted(Data(1, 5)));
        Assert.False(_transactions.IsAborted(Data(2, 6)));
        Assert.Equal(new MarkerFate(IsDone: false, aborted), _transactions.End(Control(1, 9), Abort));
        Assert.False(_transactions.IsAborted(Data(1, 10)));
    }

    [Fact]
    public void Data_that_is_no_transaction_s_is_never_aborted()
    {
        _transactions.Expect([new AbortedTransaction(1, 0, 9, 10)]);
        Assert.False(_transactions.IsAborted(Data(1, 1) with { Attributes = BatchAttributes.None }));
    }

    [Fact]
    public void An_abort_marker_without_data_is_done_and_readers_need_not_know_of_it()
    {
        _transactions.Expect([new AbortedTransaction(1, 0, 9, 10)]);
        Assert.Equal(new MarkerFate(IsDone: true, null), _transactions.End(Control(1, 9), Abort));
    }

    [Fact]
    public void A_transaction_that_is_expected_with_each_segment_that_it_touches_aborts_only_once()
    {
        var aborted = new AbortedTransaction(1, 0, 20, 21);
        _transactions.Expect([aborted]);
        Assert.True(_transactions.IsAborted(Data(1, 0)));
        _transactions.Expect([aborted]);
        Assert.True(_transactions.IsAborted(Data(1, 10)));
        Assert.Equal(aborted, _transactions.End(Control(1, 20), Abort).Aborted);
        Assert.False(_transactions.IsAborted(Data(1, 30)));
    }

    [Fact]
    public void Control_batches_of_other_kinds_stay_and_emptied_ones_may_go()
    {
        Assert.False(_transactions.End(Control(-1, 0), null).IsDone);
        Assert.True(_transactions.End(Control(1, 1) with { RecordCount = 0 }, null).IsDone);
    }

    private static BatchHeader Data(long producer, long offset) => new()
    {
        BaseOffset = offset,
        ProducerId = producer,
        RecordCount = 1,
        Attributes = BatchAttributes.Transactional,
    };

    private static BatchHeader Control(long producer, long offset) =>
        Data(producer, offset) with { Attributes = BatchAttributes.Transactional | BatchAttributes.Control };
}
