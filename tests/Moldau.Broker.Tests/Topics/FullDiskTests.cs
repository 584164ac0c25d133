using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Hosting;
using Moldau.Broker.Tests.Net;
using Moldau.Broker.Topics;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Topics;

/// <summary>What a disk without room keeps closed is opened by itself when there is room again.</summary>
public sealed class FullDiskTests
{
    private static readonly TimeSpan OpeningsApart = TimeSpan.FromSeconds(1);

    private readonly SimulatedDisk _disk = new(seed: 5);
    private readonly EventLines _events = new();
    private readonly StoredCluster _cluster;

    public FullDiskTests()
    {
        _disk.CreateDirectory("/data");
        _cluster = new StoredCluster { Files = _disk, Logger = _events };
    }

    [Fact]
    public async Task A_topic_that_is_made_on_a_full_disk_is_led_by_nobody_until_there_is_room()
    {
        await using var storage = await _cluster.OpenAsync();
        _disk.IsFull = path => path.Contains("orders-", StringComparison.Ordinal);
        await StoredCluster.CreateAsync(storage, "orders", partitions: 3);
        Assert.Equal((ErrorCode.LeaderNotAvailable, -1), LeaderOf(storage, "orders"));
        Assert.Equal(ErrorCode.KafkaStorageError, await AskAgainAsync(storage, "orders"));
        string told = Assert.Single(_events.Take());
        Assert.Contains("3 partitions, of which orders-0 is the first", told, StringComparison.Ordinal);

        _disk.IsFull = null;
        Assert.Equal(ErrorCode.None, await AskAgainAsync(storage, "orders"));
        Assert.Equal((ErrorCode.None, 1), LeaderOf(storage, "orders"));
        Assert.Equal(ErrorCode.None, storage.Partitions.Find("orders", 2, out var last));
        Assert.Equal(0, last.Log.LogEndOffset);
        Assert.Single(_events.Take(), line => line.Contains("are open", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Closed_partitions_are_not_tried_again_with_every_request()
    {
        await using var storage = await _cluster.OpenAsync();
        int writes = 0;
        _disk.IsFull = path => path.Contains("orders-", StringComparison.Ordinal) && ++writes > 0;
        await StoredCluster.CreateAsync(storage, "orders", partitions: 50);
        int atFirst = writes;
        for (int asked = 0; asked < 100; asked++) storage.Partitions.Find("orders", asked % 50, out _);
        await SettleAsync(storage);
        Assert.Equal(2 * atFirst, writes);
    }

    [Fact]
    public async Task What_is_there_is_served_when_a_start_finds_no_room_for_the_rest()
    {
        await using (var before = await _cluster.OpenAsync())
        {
            await StoredCluster.CreateAsync(before, "old");
            _disk.IsFull = IsNew;
            await StoredCluster.CreateAsync(before, "new");
        }
        await using var storage = await _cluster.OpenAsync();
        Assert.Equal(ErrorCode.None, storage.Partitions.Find("old", 0, out _));
        Assert.Equal(ErrorCode.KafkaStorageError, storage.Partitions.Find("new", 0, out _));

        _disk.IsFull = null;
        Assert.Equal(ErrorCode.None, await AskAgainAsync(storage, "new"));

        static bool IsNew(string path) => path.Contains("new-", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_closed_topic_can_be_deleted_and_made_again()
    {
        await using var storage = await _cluster.OpenAsync();
        _disk.IsFull = path => path.Contains("orders-", StringComparison.Ordinal);
        await StoredCluster.CreateAsync(storage, "orders");
        await StoredCluster.DeleteAsync(storage, "orders");
        _disk.IsFull = null;
        await StoredCluster.CreateAsync(storage, "orders");
        Assert.Equal(ErrorCode.None, storage.Partitions.Find("orders", 0, out _));
    }

    [Fact]
    public async Task Groups_whose_topic_is_made_on_a_full_disk_are_served_when_there_is_room()
    {
        await using var storage = await _cluster.OpenAsync();
        await using var coordinators = new BrokerCoordinators(storage, _cluster.Time, _events);
        _disk.IsFull = path => path.Contains(TopicNames.ConsumerOffsets, StringComparison.Ordinal);
        for (int asked = 0; asked < 3; asked++) Assert.Equal(ErrorCode.CoordinatorNotAvailable, await AskAsync());
        _disk.IsFull = null;
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await AskAsync()); // It is that which makes the broker look again.
        await SettleAsync(storage);
        Assert.Equal(ErrorCode.None, await AskAsync());

        async Task<ErrorCode> AskAsync()
        {
            _cluster.Time.Advance(TimeSpan.FromSeconds(5));
            var request = new OffsetCommitRequest { GroupId = "g", Topics = [new() { Name = "t", Partitions = [new() { CommittedOffset = 5 }] }] };
            var context = new RequestContext { Api = ApiKey.OffsetCommit, Version = 9 };
            return HostedGroups.ErrorOf(await coordinators.Groups.AskAsync(context, "g", request, error => OffsetCommits.Refusal(request, error)));
        }
    }

    [Fact]
    public async Task A_change_for_which_the_metadata_has_no_room_is_refused_and_can_be_made_later()
    {
        await using var storage = await _cluster.OpenAsync();
        _disk.IsFull = path => path.StartsWith(StoredCluster.MetadataPath, StringComparison.Ordinal);
        await Assert.ThrowsAsync<LogOfflineException>(() => StoredCluster.CreateAsync(storage, "orders"));
        _disk.IsFull = null;
        await StoredCluster.CreateAsync(storage, "orders");
    }

    [Fact]
    public async Task A_new_cluster_without_room_for_its_journal_does_not_start_and_says_how_much_it_needs()
    {
        _cluster.Options = options => options with { CommitMode = CommitMode.Journal };
        _disk.IsFull = path => path.EndsWith(".journal", StringComparison.Ordinal) && LengthOf(path) > 0;
        var refusal = await Assert.ThrowsAsync<StorageExhaustedException>(_cluster.OpenAsync);
        Assert.Contains("needs 64 MiB", refusal.Message, StringComparison.Ordinal);

        _disk.IsFull = null;
        _cluster.Options = options => options;
        await using var storage = await _cluster.OpenAsync();
        Assert.Empty(storage.Metadata.Image.Topics.ByName);
    }

    [Fact]
    public async Task A_start_that_waits_for_the_journal_can_be_cancelled()
    {
        await (await _cluster.OpenAsync()).DisposeAsync();
        _cluster.Options = options => options with { CommitMode = CommitMode.Journal }; // Without threads nobody writes it.
        using var stop = new CancellationTokenSource();
        var start = _cluster.OpenAsync(stop.Token);
        Assert.False(start.IsCompleted);
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => start);

        _cluster.Options = options => options;
        await (await _cluster.OpenAsync()).DisposeAsync();
    }

    [Fact]
    public void A_journal_that_waits_for_room_is_told_of_at_growing_intervals()
    {
        var log = new StorageLog(_events, _cluster.Time);
        Assert.Equal(1, ToldIn(seconds: 9));
        Assert.Equal(1, ToldIn(seconds: 20));
        Assert.Equal(1, ToldIn(seconds: 40));
        log.CommitGoesOn();
        Assert.Single(_events.Take());
        Assert.Equal(1, ToldIn(seconds: 1));

        int ToldIn(int seconds)
        {
            for (int second = 0; second < seconds; second++)
            {
                log.CommitWaits(new StorageExhaustedException("There is no room."));
                _cluster.Time.Advance(TimeSpan.FromSeconds(1));
            }
            return _events.Take().Count;
        }
    }

    [Fact]
    public void What_a_read_only_file_system_refuses_is_not_told_as_want_of_room()
    {
        var log = new StorageLog(_events, _cluster.Time);
        log.AppendRefused(new PartitionName("orders", 0), StorageExhaustedException.ReadOnlyAt("/data"));
        log.CommitWaits(StorageExhaustedException.ReadOnlyAt("/data"));
        Assert.All(_events.Take(), line =>
        {
            Assert.Contains("Mount the file system read-write", line, StringComparison.Ordinal);
            Assert.DoesNotContain("room", line, StringComparison.Ordinal);
        });
    }

    private long LengthOf(string path)
    {
        using var file = _disk.Open(path, FileCreation.Existing);
        return file.Length;
    }

    private static (ErrorCode Error, int Leader) LeaderOf(BrokerStorage storage, string name)
    {
        var topic = storage.Metadata.Image.Topics.ByName[name];
        return storage.Partitions.LeaderOf(topic, topic.Partitions[0]);
    }

    /// <summary>Asks as a client does that comes again: the first time makes the broker look, the next finds what came of it.</summary>
    private async Task<ErrorCode> AskAgainAsync(BrokerStorage storage, string topic)
    {
        _cluster.Time.Advance(OpeningsApart);
        storage.Partitions.Find(topic, 0, out _);
        await SettleAsync(storage);
        return storage.Partitions.Find(topic, 0, out _);
    }

    private static Task<bool> SettleAsync(BrokerStorage storage) => storage.Metadata.AskAsync(_ => new MetadataDecision<bool>(true));
}
