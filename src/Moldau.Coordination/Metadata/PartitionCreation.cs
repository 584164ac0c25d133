using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>Adds partitions to topics. Each topic of a request is judged by itself.</summary>
internal static class PartitionCreation
{
    public static MetadataDecision<CreatePartitionsResponse> Decide(ClusterImage image, CreatePartitionsRequest request, TopicPlacement placement)
    {
        var names = request.Topics.GroupBy(topic => topic.Name, StringComparer.Ordinal).ToList();
        if (RefuseAll(image, request) is { IsNone: false } refusal)
        {
            return new(new CreatePartitionsResponse { Results = [.. names.Select(name => Result(name.Key, refusal))] });
        }

        var response = new CreatePartitionsResponse();
        var records = new List<MetadataRecord>();
        foreach (var name in names)
        {
            var wanted = name.First();
            var refused = name.Skip(1).Any()
                ? new Refusal(ErrorCode.InvalidRequest, $"The request names the topic '{name.Key}' more than once; nothing was added to it.")
                : Check(image, wanted);
            response.Results.Add(Result(name.Key, refused));
            if (!refused.IsNone) continue;
            var topic = image.Topics.ByName[wanted.Name];
            int present = topic.Partitions.Length;
            records.AddRange(ReplicaAssignments.NewPartitions(topic.Id, present, wanted.Count - present, placement));
        }
        return new(response) { Records = request.ValidateOnly ? [] : records };
    }

    private static Refusal RefuseAll(ClusterImage image, CreatePartitionsRequest request)
    {
        if (request.TimeoutMs <= 0) return Refusal.TimedOut;
        long added = request.Topics.Sum(topic =>
            image.Topics.ByName.TryGetValue(topic.Name, out var present) ? Math.Max(0L, (long)topic.Count - present.Partitions.Length) : 0L);
        return added <= TopicCreation.PartitionsPerRequestMax
            ? default
            : new(ErrorCode.PolicyViolation, $"The request adds {added} partitions; one request adds at most {TopicCreation.PartitionsPerRequestMax}.");
    }

    private static Refusal Check(ClusterImage image, CreatePartitionsRequest.CreatePartitionsTopic wanted)
    {
        if (!image.Topics.ByName.TryGetValue(wanted.Name, out var topic)) return new(ErrorCode.UnknownTopicOrPartition, null);
        if (topic.IsInternal) return InternalTopics.Ungrowable(topic);
        int present = topic.Partitions.Length;
        if (wanted.Count <= present)
        {
            return new(
                ErrorCode.InvalidPartitions,
                $"The topic '{wanted.Name}' has {present} partitions; their number can only grow, and {wanted.Count} were asked for.");
        }
        if (wanted.Assignments is not { } assignments) return default;
        if (assignments.Count != wanted.Count - present)
        {
            return ReplicaAssignments.Invalid(
                $"{wanted.Count - present} new partitions need as many assignments; the request has {assignments.Count}.");
        }
        foreach (var assignment in assignments)
        {
            if (ReplicaAssignments.Check(image, assignment.BrokerIds) is { IsNone: false } problem) return problem;
        }
        return default;
    }

    private static CreatePartitionsResponse.CreatePartitionsTopicResult Result(string name, Refusal refusal) => new()
    {
        Name = name,
        ErrorCode = refusal.Code,
        ErrorMessage = refusal.Message,
    };
}
