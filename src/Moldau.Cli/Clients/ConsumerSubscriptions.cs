using Moldau.Protocol.Messages;

namespace Moldau.Cli.Clients;

/// <summary>Asks the coordinator what the members of a group of the consumer protocol are subscribed to: it tells so, and the client library does not pass it on.</summary>
internal sealed class ConsumerSubscriptions(Cluster cluster, GroupCoordinator coordinator)
{
    private const short VersionMax = 1;

    public async Task<GroupView> AddToAsync(GroupView group)
    {
        var request = new ConsumerGroupDescribeRequest { GroupIds = [group.Name] };
        var answer = await coordinator.AskAsync<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>(request, VersionMax).ConfigureAwait(false);
        // It is gone, or of another protocol, if it was answered for a moment before: then there are no members here.
        var told = answer.Groups[0].Members.ToDictionary(member => member.MemberId, StringComparer.Ordinal);
        GroupMember[] members =
        [
            .. group.Members.Select(member => told.TryGetValue(member.Id, out var same)
                ? member with { Topics = same.SubscribedTopicNames, Pattern = string.IsNullOrEmpty(same.SubscribedTopicRegex) ? null : same.SubscribedTopicRegex }
                : member),
        ];
        var view = group with { Members = members };
        return view with { MissingTopics = [.. view.SubscribedTopics.Where(topic => cluster.Partitions(topic) == 0)] };
    }
}
