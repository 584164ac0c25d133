using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>
/// A member of the streams protocol (KIP-1071). Each topic is read by a subtopology of its own; the last has state, whose copies other members
/// keep ready. What a member owns are its active tasks.
/// </summary>
internal sealed class StreamsMembership(SimulatedClient client, GroupSubscription subscription, string? instance = null) : EpochMembership(client, subscription, instance)
{
    private const short HeartbeatVersion = 1;

    private List<StreamsGroupHeartbeatRequest.TaskIds> _standby = [], _warmup = [];

    public override Task SpeakAsync()
    {
        KeepNamed();
        return base.SpeakAsync();
    }

    protected override async Task<Answer?> SendAsync(Sending heartbeat)
    {
        bool joins = heartbeat.Epoch == 0;
        var answer = await Client.AskAsync(new StreamsGroupHeartbeatRequest
        {
            GroupId = Subscription.Group,
            MemberId = heartbeat.MemberId,
            InstanceId = Instance,
            MemberEpoch = heartbeat.Epoch,
            RebalanceTimeoutMs = joins ? RebalanceMs : -1,
            ProcessId = joins ? heartbeat.MemberId : null,
            Topology = joins ? Topology() : null,
            ActiveTasks = heartbeat.Owned is { } owned ? TasksOf(Subscription.Named(owned)) : null,
            StandbyTasks = joins ? [] : heartbeat.SaysAll ? _standby : null,
            WarmupTasks = joins ? [] : heartbeat.SaysAll ? _warmup : null,
        }, HeartbeatVersion, LateOf(heartbeat, static (StreamsGroupHeartbeatResponse answer) => answer.ErrorCode));
        if (answer is null) return null;
        // Who says what it has and is told nothing has what it is to have.
        if (answer.ActiveTasks is not { } active) return new(answer.ErrorCode, answer.MemberEpoch, heartbeat.Owned);
        var tasks = active.SelectMany(list => list.Partitions.Select(partition => (list.SubtopologyId, partition)));
        var (standby, warmup) = (Kept(answer.StandbyTasks), Kept(answer.WarmupTasks));
        bool keepsTooMuch = !joins && !(IsWithin(_standby, standby) && IsWithin(_warmup, warmup));
        if (heartbeat.MemberId == MemberId) (_standby, _warmup) = (standby, warmup);
        return new(answer.ErrorCode, answer.MemberEpoch, Present(tasks)) { KeepsTooMuch = keepsTooMuch };
    }

    private StreamsGroupHeartbeatRequest.TopologyData Topology() => new()
    {
        Epoch = 0,
        Subtopologies =
        [
            .. Subscription.Topics.Names.Select(topic => new StreamsGroupHeartbeatRequest.Subtopology
            {
                SubtopologyId = topic,
                SourceTopics = [topic],
                StateChangelogTopics = topic == Subscription.Topics.Names.Last() ? [new() { Name = $"{Subscription.Group}-store-changelog" }] : [],
            }),
        ],
    };

    private static List<StreamsGroupHeartbeatRequest.TaskIds> TasksOf(IEnumerable<(string Topic, int Partition)> partitions) =>
    [
        .. partitions.GroupBy(task => task.Topic, task => task.Partition)
            .Select(tasks => new StreamsGroupHeartbeatRequest.TaskIds { SubtopologyId = tasks.Key, Partitions = [.. tasks.Order()] }),
    ];

    private static List<StreamsGroupHeartbeatRequest.TaskIds> Kept(List<StreamsGroupHeartbeatResponse.TaskIds>? told) =>
        (told ?? []).ConvertAll(tasks => new StreamsGroupHeartbeatRequest.TaskIds { SubtopologyId = tasks.SubtopologyId, Partitions = tasks.Partitions });

    private static bool IsWithin(List<StreamsGroupHeartbeatRequest.TaskIds> tasks, List<StreamsGroupHeartbeatRequest.TaskIds> others) =>
        tasks.TrueForAll(list => others.Exists(other => other.SubtopologyId == list.SubtopologyId && list.Partitions.TrueForAll(other.Partitions.Contains)));
}
