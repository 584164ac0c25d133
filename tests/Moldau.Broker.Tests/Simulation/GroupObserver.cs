using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;
using Moldau.TestKit.Histories;

namespace Moldau.Broker.Tests.Simulation;

/// <summary>Looks at a group from outside, in whichever protocol it is just now.</summary>
internal sealed class GroupObserver(SimulatedBroker broker, List<HistoryEvent> history, GroupSubscription subscription, GroupKind kind)
{
    private const short ClassicVersion = 5, ConsumerVersion = 1, StreamsVersion = 1;

    /// <summary>What the group was called last; null where no answer came.</summary>
    public string? State { get; private set; }

    public async Task LookAsync() => State = kind switch
    {
        GroupKind.Classic => await DescribeClassicAsync(),
        GroupKind.Streams => await DescribeStreamsAsync(),
        _ => await DescribeConsumersAsync() ?? await DescribeClassicAsync(),
    };

    private async Task<string?> DescribeConsumersAsync()
    {
        var answer = await AskAsync<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>(new() { GroupIds = [subscription.Group] }, ConsumerVersion);
        if (answer?.Groups[0] is not { ErrorCode: ErrorCode.None } group) return null;
        NoteMembers(group.Members, member => member.MemberId, member => PartitionsOf(member.Assignment));
        NoteMembers(group.Members, member => member.MemberId, member => PartitionsOf(member.TargetAssignment));
        return group.GroupState;
    }

    private async Task<string?> DescribeStreamsAsync()
    {
        var answer = await AskAsync<StreamsGroupDescribeRequest, StreamsGroupDescribeResponse>(new() { GroupIds = [subscription.Group] }, StreamsVersion);
        if (answer?.Groups[0] is not { ErrorCode: ErrorCode.None } group) return null;
        NoteMembers(group.Members, member => member.MemberId, member => PartitionsOf(member.Assignment));
        NoteMembers(group.Members, member => member.MemberId, member => PartitionsOf(member.TargetAssignment));
        return group.GroupState;
    }

    private async Task<string?> DescribeClassicAsync()
    {
        var answer = await AskAsync<DescribeGroupsRequest, DescribeGroupsResponse>(new() { Groups = [subscription.Group] }, ClassicVersion);
        if (answer?.Groups[0] is not { ErrorCode: ErrorCode.None } group) return null;
        NoteMembers(group.Members, member => member.MemberId, member => ConsumerProtocolText.Assigned(member.MemberAssignment));
        return group.GroupState;
    }

    private Task<TResponse?> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest>
        where TResponse : class, IMessage<TResponse> => broker.AskAsync<TRequest, TResponse>(request, version, CancellationToken.None);

    private IEnumerable<(string Topic, int Partition)> PartitionsOf(ConsumerGroupDescribeResponse.Assignment assignment) =>
        assignment.TopicPartitions.SelectMany(topic => topic.Partitions.Select(partition => (subscription.Topics.TitleOf(topic.TopicId), partition)));

    /// <summary>Each topic has a subtopology of its name.</summary>
    private static IEnumerable<(string Topic, int Partition)> PartitionsOf(StreamsGroupDescribeResponse.Assignment assignment) =>
        assignment.ActiveTasks.SelectMany(tasks => tasks.Partitions.Select(partition => (tasks.SubtopologyId, partition)));

    private void NoteMembers<TMember>(List<TMember> members, Func<TMember, string> idOf, Func<TMember, IEnumerable<(string Topic, int Partition)>> partitionsOf) =>
        history.Add(new Described(subscription.Group,
            [.. members.SelectMany(member => partitionsOf(member).Select(partition => (idOf(member), partition.Topic, partition.Partition)))]));
}
