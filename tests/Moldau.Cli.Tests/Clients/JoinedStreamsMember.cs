using Moldau.Cli.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Cli.Tests.Clients;

/// <summary>
/// A member of a streams group (KIP-1071), which the client library cannot be. Its application reads one topic, which it sorts into a topic of its own
/// with two partitions, and keeps what it sees there:
/// <code>
/// source --> subtopology 0 --> sorted-repartition --> subtopology 1 --> seen-changelog
/// </code>
/// </summary>
internal sealed class JoinedStreamsMember : IDisposable
{
    private const int Leaving = -1, RebalanceMs = 60_000, Sorted = 2;

    private readonly BrokerCall _call;
    private readonly string _group, _source;
    private int _epoch;
    private List<StreamsGroupHeartbeatRequest.TaskIds> _active = [];

    private JoinedStreamsMember(BrokerCall call, string group, string source) => (_call, _group, _source) = (call, group, source);

    public string Id { get; } = $"{Guid.NewGuid()}";

    /// <summary>One heartbeat, after which it has nothing yet.</summary>
    public static async Task<JoinedStreamsMember> JoinAsync(TestBroker broker, string group, string source)
    {
        var member = new JoinedStreamsMember(await broker.CallAsync(), group, source);
        await member.BeatAsync();
        return member;
    }

    /// <summary>Heartbeats until it has so many active tasks.</summary>
    public Task HaveAsync(int tasks) => Patiently.UntilAsync(async () =>
    {
        await BeatAsync();
        return _active.Sum(list => list.Partitions.Count) == tasks;
    });

    public async Task LeaveAsync()
    {
        await SendAsync(new StreamsGroupHeartbeatRequest { GroupId = _group, MemberId = Id, MemberEpoch = Leaving });
        Dispose();
    }

    public void Dispose() => _call.Dispose();

    private async Task BeatAsync()
    {
        bool joins = _epoch == 0;
        var answer = await SendAsync(new StreamsGroupHeartbeatRequest
        {
            GroupId = _group,
            MemberId = Id,
            MemberEpoch = _epoch,
            RebalanceTimeoutMs = joins ? RebalanceMs : -1,
            Topology = joins ? Topology() : null,
            ProcessId = joins ? Id : null,
            ActiveTasks = _active,
            StandbyTasks = [],
            WarmupTasks = [],
        });
        _epoch = answer.MemberEpoch;
        if (answer.ActiveTasks is { } active)
        {
            _active = active.ConvertAll(list => new StreamsGroupHeartbeatRequest.TaskIds { SubtopologyId = list.SubtopologyId, Partitions = list.Partitions });
        }
    }

    private async Task<StreamsGroupHeartbeatResponse> SendAsync(StreamsGroupHeartbeatRequest heartbeat)
    {
        var answer = await _call.AskAsync<StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse>(heartbeat, version: 1);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return answer;
    }

    private StreamsGroupHeartbeatRequest.TopologyData Topology() => new()
    {
        Epoch = 0,
        Subtopologies =
        [
            new() { SubtopologyId = "0", SourceTopics = [_source], RepartitionSinkTopics = [$"{_group}-sorted-repartition"] },
            new()
            {
                SubtopologyId = "1",
                RepartitionSourceTopics = [new() { Name = $"{_group}-sorted-repartition", Partitions = Sorted }],
                StateChangelogTopics = [new() { Name = $"{_group}-seen-changelog" }],
            },
        ],
    };
}
