using System.Collections.Immutable;
using Microsoft.Extensions.Time.Testing;
using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Net;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Hosting;

public sealed class GroupHostTests : IDisposable
{
    private static readonly RequestContext Context = new() { Api = ApiKey.OffsetCommit, Version = 9 };

    private readonly ScriptedLog[] _logs = [new(), new(), new()];
    private readonly FakeTimeProvider _time = new();
    private readonly EventLines _events = new();
    private readonly TimerQueue _timers;
    private readonly ShardEnvironment _environment;
    private TopicsImage _topics = TopicsImage.Empty;

    public GroupHostTests()
    {
        var clock = new BrokerClock(_time);
        _timers = new TimerQueue(clock);
        _environment = new ShardEnvironment { Clock = clock, Timers = _timers, Logger = _events, ReadRecord = GroupRecords.Read };
        Add("t");
    }

    public void Dispose() => _timers.Dispose();

    [Fact]
    public async Task The_topic_is_made_when_a_group_is_first_asked_for()
    {
        var groups = Host(new Logs(_logs));
        Assert.Empty(await groups.AskAllAsync(Context, new GroupFilter([], []), _ => new GroupList([])));
        Assert.Equal(ErrorCode.None, await CommitAsync(groups, "g"));
    }

    [Fact]
    public async Task Without_the_topic_there_is_no_coordinator()
    {
        var groups = Host(new Logs([]));
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await groups.EnsureTopicAsync());
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await CommitAsync(groups, "g"));
    }

    [Fact]
    public async Task Groups_lie_in_the_partition_of_their_hash()
    {
        var groups = Host(new Logs(_logs));
        foreach (string group in new[] { "a", "b", "c" }) await CommitAsync(groups, group);
        // The hashes of a, b and c are 97, 98 and 99.
        Assert.Equal([1, 1, 1], _logs.Select(log => log.EndOffset));
        Assert.Equal(3, (await ListAsync(groups)).Count);
    }

    [Fact]
    public async Task A_shard_whose_log_had_no_room_is_read_when_it_has()
    {
        await CommitAsync(Host(new Logs(_logs)), "g");
        foreach (var log in _logs) log.IsUnavailable = true;
        var groups = Host(new Logs(_logs) { AreMade = true });
        groups.Start();
        for (int asked = 0; asked < 3; asked++) Assert.Equal(ErrorCode.CoordinatorNotAvailable, await CommitAsync(groups, "g"));
        Assert.Single(_events.Take());

        foreach (var log in _logs) log.IsUnavailable = false;
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.Equal(5, await FetchAsync(groups, "g"));
        Assert.Equal(ErrorCode.None, await CommitAsync(groups, "g"));
    }

    [Fact]
    public async Task A_shard_whose_log_has_no_room_is_not_read_again_with_every_request()
    {
        foreach (var log in _logs) log.IsUnavailable = true;
        var groups = Host(new Logs(_logs) { AreMade = true });
        groups.Start();
        for (int asked = 0; asked < 2; asked++) await CommitAsync(groups, "g");
        foreach (var log in _logs) log.IsUnavailable = false;
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await CommitAsync(groups, "g"));
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ErrorCode.None, await CommitAsync(groups, "g"));
    }

    [Fact]
    public async Task A_shard_whose_log_had_no_room_is_read_when_it_has_even_if_nobody_asks()
    {
        foreach (var log in _logs) log.IsUnavailable = true;
        Host(new Logs(_logs) { AreMade = true }).Start();
        foreach (var log in _logs) await log.ReplayBegun;
        foreach (var log in _logs) log.IsUnavailable = false;

        var read = Task.WhenAll(_logs.Select(log => log.Replayed));
        await Patiently.UntilAsync(() =>
        {
            _time.Advance(TimeSpan.FromSeconds(5));
            return read.IsCompleted;
        });
    }

    [Fact]
    public async Task A_stopped_host_starts_no_shard_again()
    {
        foreach (var log in _logs) log.IsUnavailable = true;
        var groups = Host(new Logs(_logs) { AreMade = true });
        groups.Start();
        await groups.StopAsync();
        foreach (var log in _logs) log.IsUnavailable = false;
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, await CommitAsync(groups, "g"));
    }

    [Fact]
    public async Task Offsets_of_a_topic_that_is_deleted_are_dropped()
    {
        var groups = Host(new Logs(_logs));
        await CommitAsync(groups, "g");
        groups.TopicDeleted(new TopicImage("t", Guid.NewGuid(), []));
        Assert.Equal(-1, await FetchAsync(groups, "g"));
    }

    [Fact]
    public async Task Offsets_of_a_topic_that_was_deleted_before_a_stop_are_dropped_at_the_start()
    {
        await CommitAsync(Host(new Logs(_logs)), "g");
        _topics = TopicsImage.Empty;
        var groups = Host(new Logs(_logs) { AreMade = true });
        groups.Start();
        Assert.Equal(-1, await FetchAsync(groups, "g"));
    }

    private static async Task<ErrorCode> CommitAsync(GroupHost groups, string group)
    {
        var request = new OffsetCommitRequest { GroupId = group, Topics = [new() { Name = "t", Partitions = [new() { CommittedOffset = 5 }] }] };
        var answer = await groups.AskAsync(Context, group, request, error => OffsetCommits.Refusal(request, error));
        return HostedGroups.ErrorOf(answer);
    }

    private static async Task<long> FetchAsync(GroupHost groups, string group)
    {
        var request = new FetchOffsets(new() { GroupId = group, Topics = [new() { Name = "t", PartitionIndexes = [0] }] }, OnlyStable: false);
        var answer = await groups.AskAsync(Context, group, request, error => new OffsetFetchResponse.OffsetFetchResponseGroup { ErrorCode = error });
        return answer!.Topics[0].Partitions[0].CommittedOffset;
    }

    private static async Task<List<ListGroupsResponse.ListedGroup>> ListAsync(GroupHost groups) =>
        [.. (await groups.AskAllAsync(Context, new GroupFilter([], []), _ => new GroupList([]))).SelectMany(list => list!.Groups)];

    private GroupHost Host(Logs logs) => new(logs, () => new MetadataChanged(ClusterImage.Empty with { Topics = _topics }, new GroupSettings()), (_, _) => { }, _environment);

    private void Add(string name)
    {
        var topic = new TopicImage(name, Guid.NewGuid(), ImmutableArray<PartitionImage>.Empty);
        _topics = _topics with { ById = _topics.ById.Add(topic.Id, topic), ByName = _topics.ByName.Add(name, topic) };
    }

    private sealed class Logs(IReadOnlyList<ICoordinatorLog> logs) : ICoordinatorLogs
    {
        public bool AreMade { get; set; }

        public IReadOnlyList<ICoordinatorLog> Existing => AreMade ? logs : [];

        public ValueTask<IReadOnlyList<ICoordinatorLog>> EnsureAsync()
        {
            if (logs.Count == 0) throw new InvalidOperationException("There is no room for it.");
            AreMade = true;
            return new(logs);
        }
    }
}
