using Moldau.Protocol;

namespace Moldau.Broker.Tests.Handlers.Shares;

/// <summary>What a share fetch waits for, and what ends its wait.</summary>
public sealed class ShareFetchWaitingTests
{
    // Long enough that an answer before its end is one that something has caused, and nothing else waits for just as long.
    private const int WaitMs = 61_007;

    private readonly WatchedTime _time = new(TimeSpan.FromMilliseconds(WaitMs));

    [Fact]
    public async Task A_fetch_waits_for_its_other_partitions_where_one_is_unknown()
    {
        await using var topic = await StartAsync();
        var member = topic.Join("a");
        member.Partitions = [0, 1];
        await member.BeginFetchAsync(WaitMs);
        await _time.WaitBegun;
        await topic.Producer.ProduceAsync(0, "x", "y");
        var answer = await member.FetchedAsync();
        Assert.Equal("0-1 x1", ShareMember.Acquired(answer));
        Assert.Equal(ErrorCode.UnknownTopicOrPartition, answer.Responses[0].Partitions.Single(partition => partition.PartitionIndex == 1).ErrorCode);
    }

    [Fact]
    public async Task A_fetch_of_unknown_partitions_alone_does_not_wait()
    {
        await using var topic = await StartAsync();
        var member = topic.Join("a");
        member.Partitions = [1, 2];
        var answer = await member.FetchAsync(WaitMs);
        Assert.All(answer.Responses[0].Partitions, partition => Assert.Equal(ErrorCode.UnknownTopicOrPartition, partition.ErrorCode));
    }

    [Theory]
    [InlineData(0, 1 << 20)]
    [InlineData(500, 0)]
    public async Task A_fetch_that_wants_nothing_is_answered_with_nothing_at_once(int recordsMax, int bytesMax)
    {
        await using var topic = await StartAsync();
        var member = topic.Join("a");
        member.BytesMax = bytesMax;
        Assert.Empty((await member.FetchAsync(WaitMs, recordsMax)).Responses);
    }

    [Fact]
    public async Task A_fetch_whose_session_ends_meanwhile_gets_nothing()
    {
        await using var topic = await StartAsync();
        var (member, elsewhere) = (topic.Join("a"), topic.Join("a"));
        await member.BeginFetchAsync(WaitMs);
        await _time.WaitBegun;
        elsewhere.Epoch = -1;
        await elsewhere.FetchAsync();
        await topic.Producer.ProduceAsync(0, "x");
        Assert.Empty(ShareMember.Acquired(await member.FetchedAsync()));
        Assert.Equal("0-0 x1", ShareMember.Acquired(await topic.Join("b").FetchAsync()));
    }

    [Fact]
    public async Task Whoever_finds_no_room_for_a_session_is_told_so_after_the_time_that_it_would_have_waited()
    {
        await using var topic = await StartAsync(("group.share.max.share.sessions", "1"), ("group.share.max.size", "1"));
        Assert.Equal(ErrorCode.None, (await topic.Join("a").FetchAsync()).ErrorCode);
        var other = topic.Join("b");
        await other.BeginFetchAsync(WaitMs);
        await _time.WaitBegun;
        _time.Advance(TimeSpan.FromMilliseconds(WaitMs));
        Assert.Equal(ErrorCode.ShareSessionLimitReached, (await other.FetchedAsync()).ErrorCode);
    }

    private Task<SharedTopic> StartAsync(params (string Name, string Value)[] settings)
    {
        var options = new KafkaBrokerOptions { TimeProvider = _time };
        foreach (var (name, value) in settings) options.Properties[name] = value;
        return SharedTopic.StartAsync(options);
    }
}
