using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>Deletes topics. Each topic of a request is judged by itself.</summary>
internal static class TopicDeletion
{
    public static MetadataDecision<DeleteTopicsResponse> Decide(ClusterImage image, DeleteTopicsRequest request, short version)
    {
        // Below version 6 a topic is only named.
        var wanted = version >= 6
            ? request.Topics
            : [.. request.TopicNames.Select(name => new DeleteTopicsRequest.DeleteTopicState { Name = name })];
        var response = new DeleteTopicsResponse();
        var deletable = new Dictionary<Guid, Wanted>();
        var unknown = new Dictionary<(string?, Guid), int>();
        foreach (var entry in wanted)
        {
            var given = (entry.Name, entry.TopicId);
            if (request.TimeoutMs <= 0)
            {
                response.Responses.Add(Deleted(given, Refusal.TimedOut));
            }
            else if ((entry.Name is null) == (entry.TopicId == Guid.Empty))
            {
                response.Responses.Add(Deleted(given, new(ErrorCode.InvalidRequest, "Name a topic by its name or by its id, and not by both.")));
            }
            else if (Find(image.Topics, entry) is { } topic)
            {
                if (topic.IsInternal)
                {
                    response.Responses.Add(Deleted(given, InternalTopics.Undeletable(topic)));
                    continue;
                }
                var before = deletable.GetValueOrDefault(topic.Id);
                deletable[topic.Id] = new(topic, before.Count + 1, before.Name ?? entry.Name, entry.Name is null ? topic.Id : before.Id);
            }
            else
            {
                unknown[given] = unknown.GetValueOrDefault(given) + 1;
            }
        }
        foreach (var (given, count) in unknown) response.Responses.Add(Deleted(given, count > 1 ? Doubled(given.Item1) : Unknown(given)));
        return DeleteOnce(response, deletable.Values);
    }

    private static MetadataDecision<DeleteTopicsResponse> DeleteOnce(
        DeleteTopicsResponse response, IEnumerable<Wanted> deletable)
    {
        var records = new List<MetadataRecord>();
        foreach (var (topic, count, name, id) in deletable)
        {
            if (count == 1)
            {
                records.Add(MetadataRecord.Of(new RemoveTopicRecord { TopicId = topic.Id }));
                response.Responses.Add(Deleted((topic.Name, topic.Id), default));
                continue;
            }
            response.Responses.Add(Deleted((name, id), Doubled(name)));
        }
        return new(response) { Records = records };
    }

    private static TopicImage? Find(TopicsImage topics, DeleteTopicsRequest.DeleteTopicState entry) =>
        entry.Name is { } name ? topics.ByName.GetValueOrDefault(name) : topics.ById.GetValueOrDefault(entry.TopicId);

    private static DeleteTopicsResponse.DeletableTopicResult Deleted((string? Name, Guid Id) topic, Refusal refusal) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id,
        ErrorCode = refusal.Code,
        ErrorMessage = refusal.Message,
    };

    private static Refusal Doubled(string? name) =>
        new(
            ErrorCode.InvalidRequest,
            $"The request names {(name is null ? "the same topic" : $"the topic '{name}'")} more than once; nothing was done about it.");

    private static Refusal Unknown((string? Name, Guid Id) given) => given.Name is null
        ? new(ErrorCode.UnknownTopicId, $"There is no topic with the id {KafkaUuid.ToText(given.Id)}.")
        : new(ErrorCode.UnknownTopicOrPartition, $"There is no topic '{given.Name}'.");

    /// <summary>A topic that is to be deleted, how often the request names it, and what the request itself says of it: no more is told in a refusal.</summary>
    private readonly record struct Wanted(TopicImage Topic, int Count, string? Name, Guid Id);
}
