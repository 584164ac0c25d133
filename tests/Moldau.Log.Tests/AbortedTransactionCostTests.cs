using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>What a log with many aborted transactions costs. It must not grow with the square of their number.</summary>
public class AbortedTransactionCostTests
{
    private const int Transactions = 5_000;

    /// <summary>More than one needs of its own, on a disk that remembers what was written, and far less than all before it.</summary>
    private const int BytesOfOneMax = 4_096;

    private readonly SimulatedDisk _disk = new(seed: 1);
    private readonly TestLog _log;

    public AbortedTransactionCostTests()
    {
        _disk.CreateDirectory("/data");
        _log = new TestLog(files: _disk);
    }

    [Fact]
    public void Each_aborted_transaction_costs_no_more_than_the_one_before()
    {
        byte[] data = new Batch { ProducerId = 7, Epoch = 0, Sequence = -1, Attributes = BatchAttributes.Transactional }.Build();
        byte[] marker = new Batch { ProducerId = 7, Epoch = 0 }.BuildMarker(type: 0);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Transactions; i++)
        {
            _log.Append(data, origin: AppendOrigin.Coordinator);
            _log.Append(marker, origin: AppendOrigin.Coordinator);
        }
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Transactions * BytesOfOneMax);
        _log.Commit();
        Assert.Equal(Transactions, _log.Log.AbortedTransactions(0, _log.Log.LogEndOffset).Count);

        _disk.RestartAfterKill();
        before = GC.GetAllocatedBytesForCurrentThread();
        _log.Reopen();
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, Transactions * BytesOfOneMax);
        Assert.Equal(Transactions, _log.Log.AbortedTransactions(0, _log.Log.LogEndOffset).Count);
    }

    [Fact]
    public void Those_of_a_range_are_found_wherever_it_lies()
    {
        for (int i = 0; i < 20; i++)
        {
            _log.Append(new Batch { ProducerId = i, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional }.Build());
            _log.Append(new Batch { ProducerId = i, Epoch = 0 }.BuildMarker(type: 0), origin: AppendOrigin.Coordinator);
        }
        for (int from = 0; from < 20; from++)
        {
            for (int to = from + 1; to <= 20; to++)
            {
                var found = _log.Log.AbortedTransactions(2 * from, 2 * to).Select(aborted => (int)aborted.ProducerId);
                Assert.Equal(Enumerable.Range(from, to - from), found);
            }
        }
    }
}
