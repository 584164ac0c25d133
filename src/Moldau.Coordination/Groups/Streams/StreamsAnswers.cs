using Moldau.Coordination.Metadata;
using Answer = Moldau.Protocol.Messages.StreamsGroupHeartbeatResponse;
using Request = Moldau.Protocol.Messages.StreamsGroupHeartbeatRequest;

namespace Moldau.Coordination.Groups.Streams;

/// <summary>What a StreamsGroupHeartbeat is answered.</summary>
internal static class StreamsAnswers
{
    /// <summary>Before it, clients fail at a status that they do not know.</summary>
    private const short KnowsMissingTagsSince = 1;

    public static Answer Refused(Refusal refusal) => new() { ErrorCode = refusal.Code, ErrorMessage = refusal.Message, Status = [] };

    public static Answer Left(Request request) => new() { MemberId = request.MemberId, MemberEpoch = request.MemberEpoch, Status = [] };

    public static Answer Of(StreamsGroupDraft group, StreamsMember member, Occasion occasion)
    {
        var answer = new Answer
        {
            MemberId = member.Id,
            MemberEpoch = member.Epoch,
            HeartbeatIntervalMs = group.Settings.HeartbeatIntervalMs.Value,
            TaskOffsetIntervalMs = group.Settings.TaskOffsetIntervalMs.Value,
            AcceptableRecoveryLag = group.Settings.AcceptableRecoveryLag,
            Status = [.. Statuses(group, member, occasion)],
        };
        if (occasion.IsTold)
        {
            answer.ActiveTasks = Lists(member.Assigned.Active);
            answer.StandbyTasks = Lists(member.Assigned.Standby);
            answer.WarmupTasks = Lists(member.Assigned.Warmup);
        }
        answer.EndpointInformationEpoch = group.Watch.EndpointEpoch;
        if (occasion.Request.EndpointInformationEpoch != group.Watch.EndpointEpoch)
            answer.PartitionsByUserEndpoint = StreamsEndpoints.Of(group);
        return answer;
    }

    private static IEnumerable<Answer.StatusData> Statuses(StreamsGroupDraft group, StreamsMember member, Occasion occasion)
    {
        if (group.Topology is { } topology)
        {
            if (member.TopologyEpoch < topology.Epoch)
            {
                yield return Status(
                    StreamsStatus.StaleTopology,
                    $"The member has the topology of epoch {member.TopologyEpoch}; the group's is of epoch {topology.Epoch}.");
            }
            if (group.Watch.Resolve(topology, group.Turn).Fault is { } fault)
                yield return Status(fault.Status, group.Watch.TopicsRefusal is { } refusal ? $"{fault.Detail} {refusal}" : fault.Detail);
        }
        if (occasion.Delay is { } delay) yield return Status(StreamsStatus.AssignmentDelayed, delay);
        if (group.Watch.ShutdownRequester is { } requester)
            yield return Status(StreamsStatus.ShutdownApplication, $"Member '{requester}' met a fault that ends the whole application, and asks all others to stop.");
        string[] missing = [.. group.Settings.RackTags.Where(tag => !member.Tags.ContainsKey(tag))];
        if (missing.Length > 0 && occasion.Version >= KnowsMissingTagsSince)
        {
            yield return Status(
                StreamsStatus.MissingClientTags,
                $"Standby tasks are put apart by the tags {string.Join(", ", group.Settings.RackTags)}, and the member has none of these: {string.Join(", ", missing)}.");
        }
    }

    private static Answer.StatusData Status(StreamsStatus code, string detail) => new() { StatusCode = (sbyte)code, StatusDetail = detail };

    private static List<Answer.TaskIds> Lists(IReadOnlySet<TaskId> tasks) =>
        TaskLists.Of(tasks, static (subtopology, partitions) => new Answer.TaskIds { SubtopologyId = subtopology, Partitions = partitions });

    /// <summary>The heartbeat that is answered, and what came of it.</summary>
    internal sealed record Occasion(Request Request, short Version)
    {
        /// <summary>Whether the answer has the member's tasks.</summary>
        public bool IsTold { get; init; }

        /// <summary>Why the next assignment is held up; null where it is not.</summary>
        public string? Delay { get; init; }
    }
}
