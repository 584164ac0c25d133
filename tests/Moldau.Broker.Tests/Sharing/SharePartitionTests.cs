using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Hosting;
using Moldau.Broker.Sharing;
using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Broker.Waits;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Log;
using Moldau.Protocol;

namespace Moldau.Broker.Tests.Sharing;

public sealed class SharePartitionTests : IAsyncLifetime
{
    private readonly StoredCluster _cluster = new() { Properties = { ["share.coordinator.state.topic.num.partitions"] = "1" } };
    private BrokerStorage _storage = null!;
    private BrokerCoordinators _coordinators = null!;
    private Partition _partition = null!;
    private SharePartitionKey _key;
    private FetchWait _wait = null!;

    public async ValueTask InitializeAsync()
    {
        _storage = await _cluster.OpenAsync();
        _coordinators = new BrokerCoordinators(_storage, _cluster.Time, NullLoggerFactory.Instance);
        _coordinators.Start();
        _key = new SharePartitionKey("g", await StoredCluster.CreateAsync(_storage, "t"), 0);
        Assert.Equal(ErrorCode.None, (await _coordinators.ShareState.InitializeAsync(_key, stateEpoch: 1, startOffset: 0)).Error);
        Assert.Equal(ErrorCode.None, _storage.Partitions.Find("t", 0, out _partition));
        _partition.Log.Append(TestProducer.Batch("x", "y"), new AppendContext { LeaderEpoch = 0 });
        _wait = new FetchWaits(_cluster.Time).Begin([]);
    }

    public async ValueTask DisposeAsync()
    {
        await _coordinators.DisposeAsync();
        await _storage.DisposeAsync();
    }

    [Fact]
    public async Task Records_whose_lock_has_ended_are_available_again()
    {
        var share = await FindAsync();
        Assert.Equal((0L, 1), Fetch(share, "a"));
        _cluster.Time.Advance(TimeSpan.FromMilliseconds(29_999));
        Assert.Equal(2, Begin(share));
        share.EndFetch();
        _cluster.Time.Advance(TimeSpan.FromMilliseconds(1));
        while (await StoredCountAsync() != 1) await Task.Yield();
        Assert.Equal((0L, 2), Fetch(share, "b"));
    }

    [Fact]
    public async Task One_member_fetches_at_a_time_and_wakes_the_next()
    {
        var share = await FindAsync();
        Assert.Equal(0, Begin(share));
        Assert.Null(share.TryBeginFetch(_wait, 0));
        var woken = _wait.WaitAsync(TimeSpan.FromDays(1), CancellationToken.None).AsTask();
        Assert.False(woken.IsCompleted);
        share.EndFetch();
        await woken;
        Assert.Equal(0, Begin(share));
    }

    [Fact]
    public async Task Share_partition_is_let_go_of_only_when_nobody_is_at_it()
    {
        var shares = _coordinators.Sharing.Partitions;
        var share = await FindAsync();
        Fetch(share, "a");
        shares.LetGo("g");
        Assert.False(share.IsClosed);
        Assert.True((await share.ReleaseAsync("a")).IsDone);
        shares.LetGo("g");
        Assert.True(share.IsClosed);
        Assert.Equal(0, shares.Count);
        Assert.Equal((0L, 2), Fetch(await FindAsync(), "b"));
    }

    private async Task<SharePartition> FindAsync() => (await _coordinators.Sharing.Partitions.FindAsync(_key, _partition)).Found!;

    private long? Begin(SharePartition share) => share.TryBeginFetch(_wait, _partition.Log.LogStartOffset);

    /// <summary>The first range that the member acquires: its first offset, and its delivery count.</summary>
    private (long First, int DeliveryCount) Fetch(SharePartition share, string member)
    {
        long offset = Begin(share)!.Value;
        using var read = _partition.Log.Read(offset, 1 << 20, ReadBound.HighWatermark);
        var acquired = share.Acquire(new ShareFetchDemand(member, ShareAcquireMode.BatchOptimized, 500, 500), offset, new FetchedBatches(read.Records.Span, []));
        share.EndFetch();
        return (acquired[0].Offsets.First, acquired[0].DeliveryCount);
    }

    private async Task<short> StoredCountAsync() =>
        (await _coordinators.ShareState.ReadSummaryAsync(_key)).State!.Batches is [var batch, ..] ? batch.DeliveryCount : (short)0;
}
