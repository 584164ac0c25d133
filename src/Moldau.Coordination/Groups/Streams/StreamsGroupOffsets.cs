using Moldau.Coordination.Groups.Modern;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>Who may commit and read the offsets of a streams group: its members by their epoch, and anybody while it is empty.</summary>
internal static class StreamsGroupOffsets
{
    public static ErrorCode CheckCommit(StreamsGroup group, OffsetCommitRequest request, short version) => MemberOffsets.CheckCommit(
        group.Members.Count == 0, group.Member(request.MemberId), request, version,
        partitions => HasHadAll(group, request.MemberId, request.GenerationIdOrMemberEpoch, partitions));

    public static ErrorCode CheckCommit(StreamsGroup group, TxnOffsetCommitRequest request, short version) => MemberOffsets.CheckCommit(
        group.Members.Count == 0, group.Member(request.MemberId), request, version,
        partitions => HasHadAll(group, request.MemberId, request.GenerationIdOrMemberEpoch, partitions));

    public static ErrorCode CheckFetch(StreamsGroup group, OffsetFetchRequest.OffsetFetchRequestGroup request) =>
        MemberOffsets.CheckFetch(group.Member, request);

    /// <summary>Every topic that the members read; nobody does in an empty group.</summary>
    public static HashSet<string> SubscribedTopics(StreamsGroup group) =>
        group.Members.Count == 0 ? [] : [.. ReadersOf(group.Topology).Keys];

    /// <summary>
    /// A commit that was under way when the epoch went up is good for the partitions of tasks that the member has run since before that
    /// (KIP-1251).
    /// </summary>
    private static bool HasHadAll(StreamsGroup group, string memberId, int epoch, IEnumerable<CommittedPartition> partitions)
    {
        var readers = ReadersOf(group.Topology);
        var since = group.Member(memberId)!.ActiveSince;
        return partitions.All(partition => readers.TryGetValue(partition.Topic, out string? reader)
            && since.TryGetValue(new TaskId(reader, partition.Index), out int began) && began <= epoch);
    }

    /// <summary>The subtopology that reads each topic.</summary>
    private static Dictionary<string, string> ReadersOf(StreamsGroupTopologyValue? topology)
    {
        var readers = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var subtopology in topology?.Subtopologies ?? [])
        {
            foreach (string topic in subtopology.SourceTopics) readers.TryAdd(topic, subtopology.SubtopologyId);
            foreach (var topic in subtopology.RepartitionSourceTopics) readers.TryAdd(topic.Name, subtopology.SubtopologyId);
        }
        return readers;
    }
}
