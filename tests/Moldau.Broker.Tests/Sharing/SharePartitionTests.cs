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
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Sharing;

public sealed class SharePartitionTests : IAsyncLifetime
{
    private const string Queue = "dlq.t";

    private readonly SimulatedDisk _disk = new(seed: 1);
    private readonly StoredCluster _cluster;
    private BrokerStorage _storage = null!;
    private BrokerCoordinators _coordinators = null!;
    private Partition _partition = null!;
    private SharePartitionKey _key;
    private FetchWait _wait = null!;

    public SharePartitionTests() =>
        _cluster = new StoredCluster { Files = _disk, Properties = { ["share.coordinator.state.topic.num.partitions"] = "1" } };

    public async ValueTask InitializeAsync()
    {
        _storage = await _cluster.OpenAsync();
        _coordinators = new BrokerCoordinators(_storage, _cluster.Time, NullLoggerFactory.Instance);
        _coordinators.Start();
        _key = new SharePartitionKey("g", await StoredCluster.CreateAsync(_storage, "t"), 0);
        Assert.Equal(ErrorCode.None, (await _coordinators.ShareState.AskAsync(new InitializeShareState(_key, StateEpoch: 1, StartOffset: 0))).Error);
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
        await Patiently.UntilAsync(async () => await StoredCountAsync() == 1);
        Assert.Equal((0L, 2), Fetch(share, "b"));
    }

    [Fact]
    public async Task Where_the_log_begins_later_the_group_is_said_to_be_there_though_nobody_acknowledges_anything()
    {
        var share = await FindAsync();
        Fetch(share, "a");
        await _partition.Log.CommittedAsync(2);
        Assert.Equal(ErrorCode.None, _partition.Log.DeleteRecordsBefore(2));
        Assert.Equal(2, Begin(share));
        share.EndFetch();
        await Patiently.UntilAsync(async () => (await _coordinators.ShareState.ReadSummaryAsync(_key)).State!.StartOffset == 2);
        Assert.True((await AcceptAsync(share, "a")).IsDone);
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
        Assert.False(shares.LetGo("g"));
        Assert.False(share.IsClosed);
        Assert.True((await share.ReleaseAsync("a")).IsDone);
        Assert.True(shares.LetGo("g"));
        Assert.True(share.IsClosed);
        Assert.Equal(0, shares.Count);
        Assert.Equal((0L, 2), Fetch(await FindAsync(), "b"));
    }

    [Fact]
    public async Task What_was_at_work_when_the_last_session_ended_is_let_go_of_later()
    {
        var sharing = _coordinators.Sharing;
        sharing.Sessions.Begin(FirstRequestOf("a"), CancellationToken.None);
        var share = await FindAsync();
        Begin(share);
        await sharing.Sessions.EndAsync(new ShareSessionKey("g", "a"));
        Assert.False(share.IsClosed);
        share.EndFetch();
        _cluster.Time.Advance(TimeSpan.FromSeconds(10));
        await Patiently.UntilAsync(() => share.IsClosed);
        Assert.Equal(0, sharing.Partitions.Count);
    }

    [Fact]
    public async Task Records_of_a_partition_that_is_fetched_no_longer_go_back_with_the_session()
    {
        var sessions = _coordinators.Sharing.Sessions;
        var first = FirstRequestOf("a");
        first.Topics = [new() { TopicId = _key.TopicId, Partitions = [new() { PartitionIndex = 0 }] }];
        sessions.Begin(first, CancellationToken.None);
        var share = await FindAsync();
        Fetch(share, "a");
        for (int epoch = 1; epoch < 3; epoch++)
        {
            var next = new ShareFetchRequest { GroupId = "g", MemberId = "a", ShareSessionEpoch = epoch };
            if (epoch == 1) next.ForgottenTopicsData = [new() { TopicId = _key.TopicId, Partitions = [0] }];
            Assert.Empty(sessions.Begin(next, CancellationToken.None).Partitions);
        }
        await sessions.EndAsync(new ShareSessionKey("g", "a"));
        Assert.Equal(0, Begin(await FindAsync()));
    }

    [Fact]
    public async Task Share_partition_whose_state_is_begun_anew_is_taken_up_anew()
    {
        var share = await FindAsync();
        Fetch(share, "a");
        var answer = await _coordinators.Sharing.Partitions.ReplaceAsync(new InitializeShareState(_key, StateEpoch: 1, StartOffset: 1));
        Assert.Equal(ErrorCode.None, answer.Error);
        Assert.True(share.IsClosed);
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, (await share.AcknowledgeAsync("a", [new(new(0, 1), [(sbyte)AcknowledgeType.Accept])])).Error);
        Assert.Equal(1, Begin(await FindAsync()));
    }

    [Fact]
    public async Task What_is_handed_out_stays_when_the_state_is_asked_to_begin_once_more()
    {
        var share = await FindAsync();
        Fetch(share, "a");
        var answer = await _coordinators.Sharing.Partitions.ReplaceAsync(new InitializeShareState(_key, StateEpoch: 1, StartOffset: 0) { KeepsFormer = true });
        Assert.Equal(ErrorCode.None, answer.Error);
        Assert.True((await share.AcknowledgeAsync("a", [new(new(0, 1), [(sbyte)AcknowledgeType.Accept])])).IsDone);
    }

    [Fact]
    public async Task Whoever_asks_while_the_state_is_begun_anew_has_nothing_of_the_former()
    {
        var shares = _coordinators.Sharing.Partitions;
        var loading = shares.FindAsync(_key, _partition);
        var replaced = shares.ReplaceAsync(new InitializeShareState(_key, StateEpoch: 1, StartOffset: 1)).AsTask();
        var waiting = shares.FindAsync(_key, _partition);
        await replaced;
        Assert.True((await loading).Found!.IsClosed);
        if ((await waiting).Found is { } found) Assert.Equal(1, Begin(found));
        else Assert.Equal(ErrorCode.CoordinatorNotAvailable, (await waiting).Outcome.Error);
    }

    [Fact]
    public async Task Records_stay_with_their_member_where_a_write_about_them_failed()
    {
        var share = await FindAsync();
        Fetch(share, "a");
        await DoneAsync(new DeleteShareState(_key)); // The leader is not told.
        Assert.Equal(ErrorCode.UnknownServerError, (await AcceptAsync(share, "a")).Error);
        Assert.Same(share, await FindAsync());
        Assert.Equal(2, Begin(share));
        await DoneAsync(new InitializeShareState(_key, StateEpoch: 1, StartOffset: 0));
        Assert.True((await AcceptAsync(share, "a")).IsDone);
    }

    [Fact]
    public async Task A_leader_that_is_fenced_lets_go_of_its_share_partition()
    {
        var share = await FindAsync();
        Fetch(share, "a");
        await DoneAsync(new InitializeShareState(_key, StateEpoch: 2, StartOffset: 0)); // The leader is not told.
        Assert.Equal(ErrorCode.NotLeaderOrFollower, (await AcceptAsync(share, "a")).Error);
        Assert.True(share.IsClosed);
        Assert.Equal(0, Begin(await FindAsync()));
    }

    [Fact]
    public async Task Records_that_are_given_up_while_nothing_can_be_stored_are_archived_when_there_is_room_again()
    {
        var share = await FindWithDeadLettersAsync();
        _disk.IsFull = path => path.Contains("__share_group_state", StringComparison.Ordinal);
        var queue = await GiveUpAsync(share);
        _disk.IsFull = null;
        await ArchivedAsync();
        Assert.Equal(2, queue.LogEndOffset);
    }

    [Fact]
    public async Task Records_that_are_given_up_while_their_state_is_gone_are_archived_when_it_is_there_again()
    {
        var share = await FindWithDeadLettersAsync();
        await DoneAsync(new DeleteShareState(_key)); // The leader is not told.
        var queue = await GiveUpAsync(share);
        await DoneAsync(new InitializeShareState(_key, StateEpoch: 1, StartOffset: 0));
        await ArchivedAsync();
        Assert.Equal(2, queue.LogEndOffset);
    }

    /// <summary>With a dead-letter queue, and a member that has records for the last time that they are delivered.</summary>
    private async Task<SharePartition> FindWithDeadLettersAsync()
    {
        await StoredCluster.CreateAsync(_storage, Queue, 1, ("errors.deadletterqueue.group.enable", "true"));
        await StoredCluster.SetGroupAsync(_storage, "g", ("errors.deadletterqueue.topic.name", Queue), ("share.delivery.count.limit", "2"));
        var share = await FindAsync();
        Fetch(share, "a");
        Assert.True((await share.ReleaseAsync("a")).IsDone);
        Fetch(share, "b");
        return share;
    }

    /// <summary>Has the locks end, and waits for the dead letters.</summary>
    private async Task<PartitionLog> GiveUpAsync(SharePartition share)
    {
        _cluster.Time.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(ErrorCode.None, _storage.Partitions.Find(Queue, 0, out var queue));
        await Patiently.UntilAsync(() => queue.Log.LogEndOffset >= 2);
        Assert.False(share.IsClosed);
        return queue.Log;
    }

    private Task ArchivedAsync() => Patiently.UntilAsync(async () =>
    {
        _cluster.Time.Advance(TimeSpan.FromSeconds(1));
        return await CompleteCountAsync() >= 2;
    });

    private async Task DoneAsync(ShareStateRequest request) => Assert.Equal(ErrorCode.None, (await _coordinators.ShareState.AskAsync(request)).Error);

    private static Task<ShareOutcome> AcceptAsync(SharePartition share, string member) =>
        share.AcknowledgeAsync(member, [new(new(0, 1), [(sbyte)AcknowledgeType.Accept])]);

    private static ShareFetchRequest FirstRequestOf(string member) => new() { GroupId = "g", MemberId = member, ShareSessionEpoch = 0 };

    private async Task<long> CompleteCountAsync() => (await _coordinators.ShareState.ReadSummaryAsync(_key)).State!.DeliveryCompleteCount;

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
