using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A process of a streams application: does the tasks that are active in it, in transactions of its own.</summary>
internal sealed class NewestStreamsMember : NewestGroupMember
{
    private const int Leaving = -1, RebalanceMs = 30_000;
    private const int RecordsOfTransaction = 8, AbortsEvery = 4;

    private readonly StreamsApplication _application;
    private readonly short _version;
    private readonly NewestProducer _producer;
    private int _transactions, _endpointsEpoch;

    private NewestStreamsMember(NewestClient client, StreamsApplication application, short version) : base(client, application.Id, instance: null)
    {
        (_application, _version) = (application, version);
        Id = $"{Guid.NewGuid()}";
        GenerationOrEpoch = 0;
        _producer = new NewestProducer(client, $"{application.Id}-{Id}");
    }

    public int Epoch => GenerationOrEpoch;

    public IReadOnlyList<StreamsTask> Active { get; private set; } = [];

    public IReadOnlyList<StreamsTask> Standby { get; private set; } = [];

    public IReadOnlyList<StreamsStatus> Status { get; private set; } = [];

    /// <summary>By the host of each member, the partitions of the source that are read there.</summary>
    public IReadOnlyDictionary<string, List<int>> SourcePartitions { get; private set; } = new Dictionary<string, List<int>>();

    /// <summary>Where it says that it can be asked about its state.</summary>
    public string Host => $"host-of-{Id}";

    protected override (string? MemberId, int Epoch) Reader => (Id, Epoch);

    /// <summary>Of the version of the heartbeat; no real client has any so far.</summary>
    public static async Task<NewestStreamsMember> StartAsync(string bootstrap, StreamsApplication application, short version)
    {
        var member = new NewestStreamsMember(await NewestClient.ConnectAsync(bootstrap), application, version);
        await member._producer.InitializeAsync();
        return member;
    }

    /// <summary>Heartbeats of all until the group says that each has what it is to have.</summary>
    public static async Task SettleAsync(StreamsApplication application, params NewestStreamsMember[] members)
    {
        await Patiently.UntilAsync(async () =>
        {
            foreach (var member in members) Assert.Equal(ErrorCode.None, await member.HeartbeatAsync());
            return (await application.DescribeAsync()).GroupState == "Stable";
        });
        await application.FindInternalTopicsAsync();
    }

    /// <summary>Joins with the first one, and says from then on what it has.</summary>
    public async Task<ErrorCode> HeartbeatAsync()
    {
        bool joins = Epoch == 0;
        var answer = await SendAsync(new()
        {
            GroupId = Group,
            MemberId = Id,
            MemberEpoch = Epoch,
            EndpointInformationEpoch = _endpointsEpoch,
            RebalanceTimeoutMs = joins ? RebalanceMs : -1,
            Topology = joins ? _application.Topology() : null,
            ProcessId = joins ? Id : null,
            UserEndpoint = joins ? new() { Host = Host, Port = 1 } : null,
            ActiveTasks = Lists(Active),
            StandbyTasks = Lists(Standby),
            WarmupTasks = [],
        });
        if (answer.ErrorCode != ErrorCode.None) return answer.ErrorCode;
        GenerationOrEpoch = answer.MemberEpoch;
        Status = [.. answer.Status!.Select(status => (StreamsStatus)status.StatusCode)];
        if (answer.ActiveTasks is { } active) (Active, Standby) = (Read(active), Read(answer.StandbyTasks!));
        _endpointsEpoch = answer.EndpointInformationEpoch;
        if (answer.PartitionsByUserEndpoint is { } endpoints) SourcePartitions = endpoints.ToDictionary(one => one.UserEndpoint.Host, SourcePartitionsOf);
        return ErrorCode.None;
    }

    /// <summary>Works until so many numbers are kept, by whomever, with a heartbeat between all rounds over the tasks.</summary>
    public Task WorkUntilAsync(int kept) => Patiently.UntilAsync(async () =>
    {
        foreach (var task in Active) await DoAsync(task);
        Assert.Equal(ErrorCode.None, await HeartbeatAsync());
        return _application.Kept >= kept;
    });

    /// <summary>Tells the group how far the state of a task is restored, and where its changelog ends.</summary>
    public async Task TellOffsetsAsync(StreamsTask task, long restored, long end)
    {
        var answer = await SendAsync(new()
        {
            GroupId = Group,
            MemberId = Id,
            MemberEpoch = Epoch,
            EndpointInformationEpoch = _endpointsEpoch,
            TaskOffsets = [new() { SubtopologyId = task.Subtopology, Partition = task.Partition, Offset = restored }],
            TaskEndOffsets = [new() { SubtopologyId = task.Subtopology, Partition = task.Partition, Offset = end }],
        });
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
    }

    public async Task LeaveAsync()
    {
        var left = await SendAsync(new() { GroupId = Group, MemberId = Id, MemberEpoch = Leaving });
        Assert.Equal((ErrorCode.None, Leaving), (left.ErrorCode, left.MemberEpoch));
    }

    /// <summary>Some records of the task's partition, in one transaction, which now and then is aborted and so done again.</summary>
    private async Task DoAsync(StreamsTask task)
    {
        bool sorts = task.Subtopology == StreamsApplication.Sorting;
        var from = sorts ? _application.Source : _application.Repartition;
        var read = (await from.ReadAsync(Client, task.Partition, await PositionAsync(from.Id, task.Partition))).First(RecordsOfTransaction);
        if (read.Records.Count == 0) return;
        var written = sorts
            ? read.Numbers.GroupBy(number => number % StreamsApplication.Remainders).Select(group => (_application.Repartition, group.Key, group.ToArray()))
            : [(_application.Changelog, task.Partition, read.Numbers.ToArray())];
        foreach (var (topic, partition, numbers) in written)
            Assert.Equal(ErrorCode.None, await _producer.ProduceAsync(topic, partition, numbers));
        Assert.Equal(ErrorCode.None, await _producer.CommitOffsetAsync(Committer, from.Id, task.Partition, read.NextOffset));
        bool commits = ++_transactions % AbortsEvery != 0;
        await _producer.EndAsync(commits);
        if (commits && !sorts) _application.NoteKept(read.Records.Count);
    }

    private Task<StreamsGroupHeartbeatResponse> SendAsync(StreamsGroupHeartbeatRequest heartbeat) =>
        Client.AskAsync<StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse>(heartbeat, _version);

    private List<int> SourcePartitionsOf(StreamsGroupHeartbeatResponse.EndpointToPartitions endpoint) =>
        [.. endpoint.ActivePartitions.Where(active => active.Topic == _application.Source.Name).SelectMany(active => active.Partitions)];

    private static List<StreamsGroupHeartbeatRequest.TaskIds> Lists(IEnumerable<StreamsTask> tasks) =>
    [
        .. tasks.GroupBy(task => task.Subtopology, task => task.Partition)
            .Select(list => new StreamsGroupHeartbeatRequest.TaskIds { SubtopologyId = list.Key, Partitions = [.. list] }),
    ];

    private static List<StreamsTask> Read(List<StreamsGroupHeartbeatResponse.TaskIds> lists) =>
        [.. lists.SelectMany(list => list.Partitions.Select(partition => new StreamsTask(list.SubtopologyId, partition))).Order()];
}
