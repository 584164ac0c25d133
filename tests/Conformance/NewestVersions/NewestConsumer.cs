using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A member of a consumer group (KIP-848), which reads one topic and commits what it has read by its epoch.</summary>
internal sealed class NewestConsumer : NewestGroupMember
{
    private const int Leaving = -1, Away = -2;
    private const int RebalanceMs = 30_000;

    private readonly NewestTopic _topic;

    private NewestConsumer(NewestClient client, string group, NewestTopic topic, string? instance) : base(client, group, instance)
    {
        _topic = topic;
        Id = $"{Guid.NewGuid()}";
        GenerationOrEpoch = 0;
    }

    public int Epoch => GenerationOrEpoch;

    public IReadOnlyList<int> Assigned { get; private set; } = [];

    /// <summary>Finds the topic by a pattern of names, in place of its name.</summary>
    public string? Pattern { get; init; }

    protected override (string? MemberId, int Epoch) Reader => (Id, Epoch);

    public static async Task<NewestConsumer> ConnectAsync(string bootstrap, string group, NewestTopic topic, string? instance = null, string? pattern = null) =>
        new(await NewestClient.ConnectAsync(bootstrap), group, topic, instance) { Pattern = pattern };

    /// <summary>Heartbeats of all until the partitions are shared out evenly. What one is to give up it gives up at once, and says so with the next.</summary>
    public static Task BalanceAsync(params NewestConsumer[] members) => Patiently.UntilAsync(async () =>
    {
        foreach (var member in members) Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
        return members.All(member => member.Assigned.Count == member._topic.Partitions / members.Length);
    });

    /// <summary>Joins with the first one, and says from then on what it has.</summary>
    public async Task<ErrorCode> HeartbeatAsync()
    {
        bool joins = Epoch == 0;
        var answer = await SendAsync(new()
        {
            GroupId = Group,
            MemberId = Id,
            InstanceId = Instance,
            MemberEpoch = Epoch,
            RebalanceTimeoutMs = joins ? RebalanceMs : -1,
            SubscribedTopicNames = joins && Pattern is null ? [_topic.Name] : null,
            SubscribedTopicRegex = joins ? Pattern : null,
            ServerAssignor = joins ? "uniform" : null,
            TopicPartitions = Assigned.Count == 0 ? [] : [new() { TopicId = _topic.Id, Partitions = [.. Assigned] }],
        });
        if (answer.ErrorCode != ErrorCode.None) return answer.ErrorCode;
        GenerationOrEpoch = answer.MemberEpoch;
        if (answer.Assignment is { } told) Assigned = [.. told.TopicPartitions.SelectMany(topic => topic.Partitions).Order()];
        return ErrorCode.None;
    }

    /// <summary>Reads some records of each partition from the committed offset on, and commits that they are read.</summary>
    public async Task<List<int>> ReadOnAsync(int recordsMax)
    {
        var numbers = new List<int>();
        foreach (int partition in Assigned)
        {
            var read = (await _topic.ReadAsync(Client, partition, await PositionAsync(_topic.Id, partition))).First(recordsMax);
            if (read.Records.Count == 0) continue;
            Assert.Equal(ErrorCode.None, await CommitAsync(_topic.Id, partition, read.NextOffset));
            numbers.AddRange(read.Numbers);
        }
        return numbers;
    }

    /// <summary>Reads on until its partitions have no more, with a heartbeat between all reads.</summary>
    public async Task<List<int>> ReadAllAsync(int recordsMax)
    {
        var all = new List<int>();
        while (await ReadOnAsync(recordsMax) is { Count: > 0 } numbers)
        {
            all.AddRange(numbers);
            Assert.Equal(ErrorCode.None, await HeartbeatAsync());
        }
        return all;
    }

    public Task LeaveAsync() => LeaveAsync(Leaving);

    /// <summary>A static member that will be back keeps what it has.</summary>
    public Task GoAwayAsync() => LeaveAsync(Away);

    private async Task LeaveAsync(int epoch)
    {
        var left = await SendAsync(new() { GroupId = Group, MemberId = Id, InstanceId = Instance, MemberEpoch = epoch });
        Assert.Equal((ErrorCode.None, epoch), (left.ErrorCode, left.MemberEpoch));
    }

    private Task<ConsumerGroupHeartbeatResponse> SendAsync(ConsumerGroupHeartbeatRequest heartbeat) =>
        Client.AskAsync<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(heartbeat);
}
