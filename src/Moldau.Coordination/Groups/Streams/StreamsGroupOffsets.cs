using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>Who may commit and read the offsets of a streams group: its members by their epoch, and anybody while it is empty.</summary>
internal static class StreamsGroupOffsets
{
    public static ErrorCode CheckCommit(StreamsGroup group, OffsetCommitRequest request, short version) =>
        MemberOffsets.CheckCommit(group.Members.Count == 0, group.Member(request.MemberId), request, version, () => request.Topics.All(topic =>
            topic.Partitions.All(partition => HasHad(group, request.MemberId, topic.Name, partition.PartitionIndex, request.GenerationIdOrMemberEpoch))));

    public static ErrorCode CheckCommit(StreamsGroup group, TxnOffsetCommitRequest request) =>
        MemberOffsets.CheckCommit(group.Members.Count == 0, group.Member(request.MemberId), request, () => request.Topics.All(topic =>
            topic.Partitions.All(partition => HasHad(group, request.MemberId, topic.Name, partition.PartitionIndex, request.GenerationIdOrMemberEpoch))));

    public static ErrorCode CheckFetch(StreamsGroup group, OffsetFetchRequest.OffsetFetchRequestGroup request) =>
        MemberOffsets.CheckFetch(group.Member, request);

    /// <summary>Every topic that the members read; nobody does in an empty group.</summary>
    public static HashSet<string> SubscribedTopics(StreamsGroup group)
    {
        var topics = new HashSet<string>(StringComparer.Ordinal);
        if (group.Members.Count == 0 || group.Topology is not { } topology) return topics;
        foreach (var subtopology in topology.Subtopologies)
        {
            topics.UnionWith(subtopology.SourceTopics);
            topics.UnionWith(subtopology.RepartitionSourceTopics.Select(topic => topic.Name));
        }
        return topics;
    }

    /// <summary>
    /// A commit that was under way when the epoch went up is good for the partitions of tasks that the member has run since before that
    /// (KIP-1251).
    /// </summary>
    private static bool HasHad(StreamsGroup group, string memberId, string topic, int partition, int epoch) =>
        group.Topology?.Subtopologies.Find(subtopology => Reads(subtopology, topic)) is { } reader
        && group.Member(memberId)!.ActiveSince.TryGetValue(new TaskId(reader.SubtopologyId, partition), out int since)
        && since <= epoch;

    private static bool Reads(StreamsGroupTopologyValue.Subtopology subtopology, string topic) =>
        subtopology.SourceTopics.Contains(topic) || subtopology.RepartitionSourceTopics.Exists(source => source.Name == topic);
}
