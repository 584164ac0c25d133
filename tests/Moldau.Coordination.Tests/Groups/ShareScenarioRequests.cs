using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Share;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Partition = Moldau.Protocol.Messages.AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestPartition;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>The requests to share groups that the commands of a scenario stand for, and what comes of their effects.</summary>
internal static class ShareScenarioRequests
{
    public static object? Of(ScenarioLine line) => line.Verb switch
    {
        "share" => new ShareGroupHeartbeatRequest
        {
            GroupId = line.Text("group", "g"),
            MemberId = line.Text("id", line.Subject),
            MemberEpoch = line.Number("epoch", 0),
            RackId = line.TextOrNull("rack"),
            SubscribedTopicNames = line.TextOrNull("topics")?.Split(',', StringSplitOptions.RemoveEmptyEntries).ToList(),
        },
        "describe-share" => new DescribeShareGroup(line.Text("group", "g")),
        "share-partitions" => new ListSharePartitions(line.Text("group", "g")),
        "alter-share" => new AlterShareGroupOffsetsRequest
        {
            GroupId = line.Text("group", "g"),
            Topics =
            [
                .. from pair in line.Pairs("to")
                   let partition = PartitionOf(pair.Name)
                   group new Partition { PartitionIndex = partition.Index, StartOffset = long.Parse(pair.Value) } by partition.Topic into topic
                   select new AlterShareGroupOffsetsRequest.AlterShareGroupOffsetsRequestTopic { TopicName = topic.Key, Partitions = [.. topic] },
            ],
        },
        "delete-share" => new DeleteShareGroupOffsetsRequest
        {
            GroupId = line.Text("group", "g"),
            Topics = [.. line.Pairs("topics").Select(pair => new DeleteShareGroupOffsetsRequest.DeleteShareGroupOffsetsRequestTopic { TopicName = pair.Name })],
        },
        _ => null,
    };

    /// <summary>All went well, but for the partitions that the line names with their errors.</summary>
    public static ShareStatesSettled Outcome(ShareStateEffect effect, ScenarioLine line) => new(
        effect,
        line.Pairs("but").ToDictionary(pair => IdOf(pair.Name), pair => Enum.Parse<ErrorCode>(pair.Value)));

    private static TopicIdPartition IdOf(string text) => PartitionOf(text) is var (topic, index) ? new(ScenarioTopics.IdOf(topic), index) : default;

    private static (string Topic, int Index) PartitionOf(string text)
    {
        int dash = text.LastIndexOf('-');
        return (text[..dash], int.Parse(text.AsSpan(dash + 1)));
    }
}
