using Moldau.Broker.Handlers.Shares;
using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Broker.Topics;
using Moldau.Coordination.ShareState;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Handlers.Shares;

/// <summary>A share fetch waits no longer than it says, and not for more than it can get.</summary>
public sealed class ShareFetchPatienceTests : IAsyncLifetime
{
    private const string Group = "g", Topic = "t";
    private const int WaitMs = 61_007;

    private readonly string _directory = Directory.CreateTempSubdirectory("moldau-sharing-").FullName;
    private readonly SimulatedDisk _disk = new(seed: 1);
    private readonly WatchedTime _time = new(TimeSpan.FromSeconds(1));
    private RunningBroker _broker = null!;
    private ShareFetch _handler = null!;
    private Partition _first = null!;
    private Guid _topicId;

    public async ValueTask InitializeAsync()
    {
        _disk.CreateDirectory(_directory);
        for (string? at = _directory; at is not null; at = Path.GetDirectoryName(at)) _disk.FlushDirectory(at);
        _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions { DataDirectory = _directory, Files = _disk, TimeProvider = _time }, default);
        await _broker.Services.Storage.Topics.CreateAsync(new() { TimeoutMs = 10_000, Topics = [new() { Name = Topic, NumPartitions = 2, ReplicationFactor = 1 }] });
        _handler = new ShareFetch(_broker.Services);
        _topicId = _broker.Services.Metadata.Image.Topics.ByName[Topic].Id;
        Assert.Equal(ErrorCode.None, _broker.Services.Partitions.Find(Topic, 0, out _first));
        for (int index = 0; index < 2; index++)
            Assert.Equal(ErrorCode.None, (await _broker.Services.ShareState.AskAsync(new InitializeShareState(new(Group, _topicId, index), StateEpoch: 1, StartOffset: -1))).Error);
    }

    public async ValueTask DisposeAsync()
    {
        _disk.IsFull = null;
        await _broker.StopAsync();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Others_wait_a_second_for_a_partition_that_cannot_be_taken_up()
    {
        await FetchAsync("a", waitMs: 0, partitions: 1); // The group begins at the end: where that is, is stored when the partition is taken up.
        await AppendAsync();
        _disk.IsFull = path => path.EndsWith(".journal", StringComparison.Ordinal);
        var fetch = FetchAsync("b", WaitMs, partitions: 2);
        await _time.WaitBegun;
        Assert.False(fetch.IsCompleted);
        _time.Advance(TimeSpan.FromSeconds(1));
        var answer = await fetch;
        Assert.Equal("0-0 x1", ShareMember.Acquired(answer));
        Assert.All(answer.Responses[0].Partitions, partition => Assert.Equal(ErrorCode.None, partition.ErrorCode));
    }

    [Fact]
    public async Task A_fetch_waits_for_no_more_bytes_than_its_segment_has()
    {
        _first.Log.Settings = _first.Log.Settings with { SegmentBytes = 1 };
        await FetchAsync("a", waitMs: 0, partitions: 1);
        for (int batch = 0; batch < 3; batch++) await AppendAsync();
        Assert.Equal("0-0 x1", ShareMember.Acquired(await FetchAsync("b", WaitMs, partitions: 1, minBytes: 150)));
    }

    private async Task AppendAsync()
    {
        var appended = _first.Log.Append(TestProducer.Batch("x"), new AppendContext { LeaderEpoch = 0 });
        await _first.Log.CommittedAsync(appended.EndOffset);
    }

    private async Task<ShareFetchResponse> FetchAsync(string memberId, int waitMs, int partitions, int minBytes = 1)
    {
        var response = await _handler.HandleAsync(new RequestContext { Api = ApiKey.ShareFetch, Version = 2 }, new ShareFetchRequest
        {
            GroupId = Group,
            MemberId = memberId,
            MaxWaitMs = waitMs,
            MinBytes = minBytes,
            MaxBytes = 1 << 20,
            MaxRecords = 500,
            BatchSize = 500,
            Topics = [new() { TopicId = _topicId, Partitions = [.. Enumerable.Range(0, partitions).Select(index => new ShareFetchRequest.FetchPartition { PartitionIndex = index })] }],
        });
        Assert.Equal(ErrorCode.None, response!.ErrorCode);
        return response;
    }
}
