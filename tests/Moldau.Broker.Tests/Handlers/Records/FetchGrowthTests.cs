using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Net;
using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>When a waiting fetch looks again: as soon as what it may see is enough, and not for every byte before.</summary>
public sealed class FetchGrowthTests : IAsyncLifetime
{
    private const long ProducerId = 7;

    private OnePartition _one = null!;
    private FetchReader _reader = null!;

    public async ValueTask InitializeAsync()
    {
        _one = await OnePartition.StartAsync();
        _reader = new FetchReader(_one.Broker.Services.Partitions);
    }

    public ValueTask DisposeAsync() => _one.DisposeAsync();

    [Fact]
    public void It_is_not_enough_before_as_many_bytes_as_are_wanted_have_come()
    {
        int bytes = Append(Batch());
        var growth = Begin(ReadBound.HighWatermark, wanted: 3 * bytes);
        Append(Batch());
        Assert.False(growth.MayBeEnough());
        Append(Batch());
        Assert.True(growth.MayBeEnough());
    }

    [Fact]
    public void A_small_marker_lets_a_reader_of_what_is_committed_see_all_that_it_commits()
    {
        Append(Batch(BatchAttributes.Transactional, sequence: 0));
        int bytes = Append(Batch(BatchAttributes.Transactional, sequence: 1));
        var growth = Begin(ReadBound.LastStableOffset, wanted: 2 * bytes);
        Append(Batch());
        Assert.False(growth.MayBeEnough());
        Append(Marker());
        Assert.True(growth.MayBeEnough());
    }

    [Fact]
    public void What_is_deleted_behind_the_reader_does_not_keep_it_waiting()
    {
        for (int i = 0; i < 10; i++) Append(Batch());
        int bytes = Append(Batch());
        var growth = Begin(ReadBound.HighWatermark, wanted: 2 * bytes, offset: 11);
        _one.Partition.Log.DeleteRecordsBefore(11);
        Append(Batch());
        Append(Batch());
        Assert.True(growth.MayBeEnough());
    }

    [Fact]
    public void What_comes_in_another_segment_cannot_be_read_with_the_rest_and_is_not_waited_for()
    {
        int bytes = Append(Batch());
        _one.Partition.Log.Settings = _one.Partition.Log.Settings with { SegmentBytes = bytes };
        var growth = Begin(ReadBound.HighWatermark, wanted: 100 * bytes);
        Append(Batch());
        Assert.True(growth.MayBeEnough());
    }

    private FetchGrowth Begin(ReadBound bound, int wanted, long offset = 0)
    {
        var target = new FetchTarget(new FetchKey("t", Guid.Empty, 0));
        target.Update(new FetchRequest.FetchPartition { FetchOffset = offset, PartitionMaxBytes = 1_000_000, LastFetchedEpoch = -1, CurrentLeaderEpoch = -1 });
        var bounds = new FetchBounds(wanted, 1_000_000, bound, UsesTopicIds: false, IsFromReplica: false);
        using var reads = new FetchReads(new MemoryBudget(10_000_000), 1);
        _reader.Read(new FetchRound { Targets = [target] }, bounds, reads);
        Assert.True(reads.Bytes < wanted);
        return new FetchGrowth(reads, bounds);
    }

    private int Append(byte[] batch)
    {
        bool isMarker = (BatchHeader.TryRead(batch, out var header) ? header : throw new InvalidOperationException()).IsControl;
        var context = new AppendContext { LeaderEpoch = _one.Partition.LeaderEpoch, Origin = isMarker ? AppendOrigin.Coordinator : AppendOrigin.Client };
        Assert.Equal(ErrorCode.None, _one.Partition.Log.Append(batch, context).Error);
        return batch.Length;
    }

    private static byte[] Batch(BatchAttributes kind = BatchAttributes.None, int sequence = -1)
    {
        bool isTransactional = kind == BatchAttributes.Transactional;
        using var builder = new BatchBuilder(new BatchOptions
        {
            Kind = kind,
            ProducerId = isTransactional ? ProducerId : -1,
            ProducerEpoch = (short)(isTransactional ? 0 : -1),
            BaseSequence = sequence,
        });
        builder.Append(1_700_000_000_000, null, new byte[1_000]);
        return builder.BuildArray();
    }

    /// <summary>Commits the producer's transaction.</summary>
    private static byte[] Marker()
    {
        using var builder = new BatchBuilder(new BatchOptions
        {
            Kind = BatchAttributes.Transactional | BatchAttributes.Control,
            ProducerId = ProducerId,
            ProducerEpoch = 0,
        });
        builder.Append(1_700_000_000_000, (byte[])[0, 0, 0, 1], (byte[])[0, 0, 0, 0, 0, 0]);
        return builder.BuildArray();
    }
}
