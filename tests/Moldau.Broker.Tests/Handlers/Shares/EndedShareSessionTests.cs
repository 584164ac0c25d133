using Moldau.Broker.Handlers.Shares;
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
    public async Task Records_that_are_read_while_the_session_of_their_fetch_ends_go_back()
    {
        Assert.Equal(ErrorCode.None, _broker.Services.Partitions.Find(Topic, 0, out var partition));
        var appended = partition.Log.Append(TestProducer.Batch("x"), new AppendContext { LeaderEpoch = 0 });
        await partition.Log.CommittedAsync(appended.EndOffset);
        bool isEnded = false;
        _disk.Lacks = (operation, path) =>
        {
            if (isEnded || operation != "read" || !path.Contains($"/{Topic}-0/", StringComparison.Ordinal)) return false;
            isEnded = true;
            Assert.True(_broker.Services.Sharing.Sessions.EndAsync(new(Group, "a")).IsCompletedSuccessfully);
            return false;
        };
        Assert.Equal("", await FetchAsync("a"));
        Assert.True(isEnded);
        Assert.Equal("0-0 x2", await FetchAsync("b"));
    }

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
