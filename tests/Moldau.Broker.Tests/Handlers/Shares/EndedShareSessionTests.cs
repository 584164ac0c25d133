using Moldau.Broker.Handlers.Shares;
using Moldau.Broker.Sharing;
using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Coordination.ShareState;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Handlers.Shares;

public sealed class EndedShareSessionTests : IAsyncLifetime
{
    private const string Group = "g", Topic = "t";

    private readonly SimulatedDisk _disk = new(seed: 1);
    private RunningBroker _broker = null!;
    private ShareFetch _handler = null!;
    private SharePartitionKey _key;

    private ShareSessions Sessions => _broker.Services.Sharing.Sessions;

    public async ValueTask InitializeAsync()
    {
        _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions { Files = _disk }, default);
        await _broker.Services.Storage.Topics.CreateAsync(new() { TimeoutMs = 10_000, Topics = [new() { Name = Topic, NumPartitions = 1, ReplicationFactor = 1 }] });
        _handler = new ShareFetch(_broker.Services);
        _key = new SharePartitionKey(Group, _broker.Services.Metadata.Image.Topics.ByName[Topic].Id, 0);
        var begun = await _broker.Services.ShareState.AskAsync(new InitializeShareState(_key, StateEpoch: 1, StartOffset: 0));
        Assert.Equal(ErrorCode.None, begun.Error);
    }

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    [Fact]
    public async Task Records_that_are_read_while_the_session_of_their_fetch_ends_go_back_undelivered()
    {
        await AppendAsync();
        OnceWhileReading(() => Assert.True(Sessions.EndAsync(new(Group, "a")).IsCompletedSuccessfully));
        Assert.Equal("", await FetchAsync("a"));
        Assert.Equal("0-0 x1", await FetchAsync("b"));
    }

    [Fact]
    public async Task Records_that_are_read_while_another_session_takes_the_place_of_theirs_go_back_undelivered()
    {
        await AppendAsync();
        OnceWhileReading(() => Assert.Equal(ErrorCode.None, Begin("a", epoch: 0, partitions: 1).Error));
        Assert.Equal("", await FetchAsync("a"));
        Assert.Equal("0-0 x1", await FetchAsync("b"));
    }

    [Fact]
    public async Task Records_that_are_read_while_their_partition_is_left_go_back_with_the_session()
    {
        await AppendAsync();
        OnceWhileReading(() => Assert.Empty(Begin("a", epoch: 1, partitions: 0, forgotten: 0).Partitions));
        Assert.Equal("0-0 x1", await FetchAsync("a"));
        await Sessions.EndAsync(new(Group, "a"));
        Assert.Equal("0-0 x2", await FetchAsync("b"));
    }

    [Fact]
    public async Task Records_of_the_session_before_go_back_with_the_one_that_took_its_place()
    {
        await AppendAsync();
        Assert.Equal("0-0 x1", await FetchAsync("a"));
        Assert.Equal(ErrorCode.None, Begin("a", epoch: 0, partitions: 0).Error);
        await Sessions.EndAsync(new(Group, "a"));
        Assert.Equal("0-0 x2", await FetchAsync("b"));
    }

    [Fact]
    public async Task A_member_whose_new_session_is_refused_keeps_no_records()
    {
        await AppendAsync();
        Assert.Equal("0-0 x1", await FetchAsync("a"));
        Assert.Equal(ErrorCode.ShareSessionLimitReached, Begin("a", epoch: 0, partitions: 100_001).Error);
        Assert.Equal("0-0 x2", await FetchAsync("b"));
    }

    private async Task AppendAsync()
    {
        Assert.Equal(ErrorCode.None, _broker.Services.Partitions.Find(Topic, 0, out var partition));
        var appended = partition.Log.Append(TestProducer.Batch("x"), new AppendContext { LeaderEpoch = 0 });
        await partition.Log.CommittedAsync(appended.EndOffset);
    }

    private void OnceWhileReading(Action action)
    {
        bool isDone = false;
        _disk.Lacks = (operation, path) =>
        {
            if (isDone || operation != "read" || !path.Contains($"/{Topic}-0/", StringComparison.Ordinal)) return false;
            isDone = true;
            action();
            return false;
        };
    }

    /// <summary>A request of the member's that comes by another connection.</summary>
    private ShareRound Begin(string memberId, int epoch, int partitions, params int[] forgotten) => Sessions.Begin(
        new ShareFetchRequest
        {
            GroupId = Group,
            MemberId = memberId,
            ShareSessionEpoch = epoch,
            Topics = [new() { TopicId = _key.TopicId, Partitions = [.. Enumerable.Range(0, partitions).Select(index => new ShareFetchRequest.FetchPartition { PartitionIndex = index })] }],
            ForgottenTopicsData = [new() { TopicId = _key.TopicId, Partitions = [.. forgotten] }],
        },
        CancellationToken.None);

    private async Task<string> FetchAsync(string memberId)
    {
        var response = await _handler.HandleAsync(new RequestContext { Api = ApiKey.ShareFetch, Version = 2 }, new ShareFetchRequest
        {
            GroupId = Group,
            MemberId = memberId,
            MinBytes = 1,
            MaxBytes = 1 << 20,
            MaxRecords = 500,
            BatchSize = 500,
            Topics = [new() { TopicId = _key.TopicId, Partitions = [new() { PartitionIndex = 0 }] }],
        });
        Assert.Equal(ErrorCode.None, response!.ErrorCode);
        return ShareMember.Acquired(response);
    }
}
