using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Hosting;

public sealed class ShareStateHostTests : IAsyncDisposable
{
    private const string Topic = "__share_group_state";

    private readonly StoredCluster _cluster = new() { Properties = { ["share.coordinator.state.topic.num.partitions"] = "1" } };
    private BrokerStorage? _storage;
    private BrokerCoordinators? _coordinators;

    private ShareStateHost Host => _coordinators!.ShareState;

    public async ValueTask DisposeAsync()
    {
        await _coordinators!.DisposeAsync();
        await _storage!.DisposeAsync();
    }

    [Fact]
    public async Task State_that_a_leader_wrote_is_there_after_a_restart()
    {
        var key = await StartWithPartitionAsync();
        var batch = new ShareStateBatch(3, 4, DeliveryState.Acknowledged, DeliveryCount: 1);
        await DoneAsync(Host.WriteAsync(new(key) { StateEpoch = 1, LeaderEpoch = 0, StartOffset = 2, DeliveryCompleteCount = 2, Batches = [batch] }));
        await DisposeAsync();
        await StartAsync();
        var read = await Host.ReadAsync(key, leaderEpoch: 0);
        Assert.Equal((ErrorCode.None, 1, 2L, 2), (read.Error, read.State!.StateEpoch, read.State.StartOffset, read.State.DeliveryCompleteCount));
        Assert.Equal([batch], read.State.Batches);
        Assert.Equal(2, (await Host.ReadSummaryAsync(key)).State!.StartOffset);
    }

    [Fact]
    public async Task Log_that_is_no_longer_needed_is_let_go_of()
    {
        var key = await StartWithPartitionAsync();
        await DoneAsync(Host.WriteAsync(new(key) { StateEpoch = 1, LeaderEpoch = 0, StartOffset = 2 }));
        await DoneAsync(Host.AskAsync(new DeleteShareState(key)));
        Assert.Equal((0, 3), Extent());
        _cluster.Time.Advance(TimeSpan.FromMilliseconds(300_000));
        await Patiently.UntilAsync(() => Extent().Start > 0);
        Assert.Equal((3, 3), Extent());
        await DisposeAsync();
        await StartAsync();
        Assert.Null((await Host.ReadSummaryAsync(key)).State);
        await DoneAsync(Host.AskAsync(new InitializeShareState(key, 2, -1)));
    }

    [Fact]
    public async Task State_of_a_topic_goes_when_the_topic_is_deleted()
    {
        var key = await StartWithPartitionAsync();
        await StoredCluster.DeleteAsync(_storage!, "t");
        Assert.Equal(ErrorCode.InvalidRequest, (await Host.ReadAsync(key, leaderEpoch: 0)).Error);
        Assert.Equal((0, 2), Extent());
    }

    private async Task<SharePartitionKey> StartWithPartitionAsync()
    {
        await StartAsync();
        var key = new SharePartitionKey("g", await StoredCluster.CreateAsync(_storage!, "t"), Partition: 0);
        await DoneAsync(Host.AskAsync(new InitializeShareState(key, 1, -1)));
        return key;
    }

    private async Task StartAsync()
    {
        _storage = await _cluster.OpenAsync();
        _coordinators = new BrokerCoordinators(_storage, _cluster.Time, NullLoggerFactory.Instance);
        _coordinators.Start();
    }

    private static async Task DoneAsync(ValueTask<ShareStateAnswer> answer) => Assert.Equal(ErrorCode.None, (await answer).Error);

    private (long Start, long End) Extent()
    {
        Assert.Equal(ErrorCode.None, _storage!.Partitions.Find(Topic, 0, out var partition));
        return (partition.Log.LogStartOffset, partition.Log.LogEndOffset);
    }
}
