using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>What a reader has in hand stays with its list of aborted transactions, whatever upkeep makes of the log meanwhile.</summary>
public class AbortedInReadTests
{
    private const byte Abort = 0;
    private const long DayMs = 24 * 60 * 60 * 1000;

    private static readonly Batch Transaction = new()
    {
        Key = 1,
        ProducerId = 9,
        Epoch = 0,
        Sequence = 0,
        TimestampMs = 100,
        Attributes = BatchAttributes.Transactional,
    };

    private readonly SimulatedDisk _disk = new(seed: 5);
    private readonly TestLog _log;

    public AbortedInReadTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(new LogSettings { SegmentBytes = 200 }, _disk);
        // A transaction that is aborted, its marker, and records behind it that begin a segment each.
        _log.Append(Transaction.Build());
        _log.Append(Transaction.BuildMarker(Abort), origin: AppendOrigin.Coordinator);
        for (int i = 0; i < 3; i++) _log.Append(new Batch { Key = 1, PayloadBytes = 100, TimestampMs = 100 }.Build());
        _log.Commit();
    }

    [Fact]
    public void Transactions_of_records_in_hand_are_told_when_retention_has_taken_their_segment()
    {
        using var read = Read();
        _log.Log.Settings = _log.Log.Settings with { CleanupPolicy = CleanupPolicies.Delete, RetentionMs = 1 };
        _log.Directory.Upkeep.DeleteOldSegments();
        Assert.True(_log.Log.LogStartOffset > 2);
        Assert.Equal([9L], ProducersOf(read));
    }

    [Fact]
    public void Transactions_of_records_in_hand_are_told_when_compaction_has_left_nothing_of_them()
    {
        using var read = Read();
        _log.Log.Settings = _log.Log.Settings with { CleanupPolicy = CleanupPolicies.Compact, MinCleanableDirtyRatio = 0, DeleteRetentionMs = 0 };
        // The producer is forgotten, of whom the last batch stays else; and the marker goes one pass later than the records.
        for (int pass = 0; pass < 3; pass++)
        {
            _log.Clock.NowMs += 2 * DayMs;
            _log.Append(new Batch { Key = 1, PayloadBytes = 100, TimestampMs = 100 }.Build());
            _log.Commit();
            _log.Directory.Upkeep.CompactLogs(CancellationToken.None);
        }
        Assert.Empty(_log.Log.AbortedTransactions(0, 2));
        Assert.Equal([9L], ProducersOf(read));
    }

    private LogRead Read() => _log.Log.Read(0, 1 << 20, ReadBound.LastStableOffset);

    private IEnumerable<long> ProducersOf(LogRead read) => _log.Log.AbortedTransactions(0, read).Select(aborted => aborted.ProducerId);
}
