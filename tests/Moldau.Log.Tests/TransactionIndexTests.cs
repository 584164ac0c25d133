using Moldau.Log.Files;
using Moldau.Log.Segments;
using Moldau.Protocol;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>The index of aborted transactions where a disk does not take it.</summary>
public class TransactionIndexTests
{
    private static readonly Batch Transaction = new() { ProducerId = 9, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional };

    private readonly SimulatedDisk _disk = new(seed: 41);
    private readonly TestLog _log;

    public TransactionIndexTests()
    {
        _disk.CreateDirectory("/data");
        _disk.FlushDirectory("/");
        _log = new TestLog(files: _disk);
    }

    private string IndexPath => SegmentFiles.PathOf(_log.PartitionPath, 0, SegmentFiles.AbortedTransactions);

    [Theory]
    [InlineData("write")]
    [InlineData("open")]
    public void A_marker_is_taken_where_the_index_has_no_room_and_the_recovery_point_waits_for_it(string operation)
    {
        _log.Append(Transaction.Build());
        _disk.Lacks = (refused, path) => refused == operation && path == IndexPath;
        Assert.Equal(ErrorCode.None, Abort().Error);
        _log.Commit();
        Assert.Equal((null, 2L), (_log.Log.Failure, _log.Log.LastStableOffset));
        Assert.Single(_log.Log.AbortedTransactions(0, 2));
        Assert.Throws<StorageExhaustedException>(_log.Log.Flush);
        Assert.Equal(0, _log.Log.RecoveryPoint);
        _disk.Lacks = null;
        _log.Log.Flush();
        _log.Directory.WriteCheckpoints();
        Assert.Equal(2, _log.Log.RecoveryPoint);
        _disk.RestartAfterPowerCut();
        Assert.True(_disk.FileExists(IndexPath));
        _log.Reopen();
        Assert.Single(_log.Log.AbortedTransactions(0, 2));
    }

    [Fact]
    public async Task A_marker_behind_a_clean_start_is_refused_where_the_index_cannot_be_read_and_taken_later()
    {
        _log.Append(Transaction.Build());
        Abort();
        _log.Append((Transaction with { Sequence = 1 }).Build());
        await _log.RestartAsync();
        _disk.Lacks = (operation, path) => operation == "open" && path == IndexPath;
        Assert.Equal(ErrorCode.KafkaStorageError, Abort().Error);
        Assert.Null(_log.Log.Failure);
        _disk.Lacks = null;
        Assert.Equal(ErrorCode.None, Abort().Error);
        Assert.Equal(2, _log.Log.AbortedTransactions(0, 4).Count);
    }

    [Fact]
    public void The_name_of_a_new_index_is_made_durable_by_a_later_flush_where_the_first_cannot()
    {
        _log.Append(new Batch().Build());
        _log.Log.Flush();
        _log.Append(Transaction.Build());
        Abort();
        _disk.Lacks = (operation, path) => operation == "flush" && path == _log.PartitionPath;
        Assert.Throws<StorageExhaustedException>(_log.Log.Flush);
        int flushes = 0;
        _disk.Lacks = (operation, path) =>
        {
            if (operation == "flush" && path == _log.PartitionPath) flushes++;
            return false;
        };
        _log.Log.Flush();
        Assert.True(flushes > 0);
    }

    private AppendResult Abort() => _log.Append(Transaction.BuildMarker(type: 0), origin: AppendOrigin.Coordinator);
}
