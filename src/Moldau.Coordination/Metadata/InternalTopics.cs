using Moldau.Protocol;

namespace Moldau.Coordination.Metadata;

/// <summary>
/// What clients may not do to the topics of coordinators. Kafka lets them, and loses what the coordinator keeps: groups lie in the partition
/// that their id's hash names, so that with more partitions they are looked for in others, and a topic that is not compacted forgets.
/// </summary>
internal static class InternalTopics
{
    public static Refusal Uncreatable(string name) => new(
        ErrorCode.InvalidTopicException,
        $"'{name}' is made by the broker when it is first needed, with the settings that its coordinator needs.");

    public static Refusal Undeletable(TopicImage topic) => new(
        ErrorCode.InvalidTopicException,
        $"'{topic.Name}' holds what a coordinator keeps, so it is not deleted. Delete the groups in it, one by one.");

    public static Refusal Ungrowable(TopicImage topic) => new(
        ErrorCode.InvalidTopicException,
        $"'{topic.Name}' finds what it keeps by the number of its partitions, so it stays at {topic.Partitions.Length}.");
}
