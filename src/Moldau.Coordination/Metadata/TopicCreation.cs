using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>
/// Makes topics. Each topic of a request is judged by itself; the order of the checks is Kafka's, since a client sees only the first
/// that fails.
/// </summary>
internal static class TopicCreation
{
    public const string MinInSyncReplicas = "min.insync.replicas";

    /// <summary>One request makes at most so many partitions, since its records are one batch.</summary>
    public const int PartitionsPerRequestMax = 10_000;

    /// <summary>A count that is left to the broker's default.</summary>
    private const int ByDefault = -1;

    /// <param name="image">What exists.</param>
    /// <param name="request">What topics are wanted.</param>
    /// <param name="placement">Where partitions go.</param>
    /// <param name="rules">What topics may set.</param>
    /// <param name="freshIds">Random ids, as many as the request has topics.</param>
    /// <param name="requester">A client, or the broker itself.</param>
    public static MetadataDecision<CreateTopicsResponse> Decide(
        ClusterImage image, CreateTopicsRequest request, TopicPlacement placement, ITopicConfigRules rules, IReadOnlyList<Guid> freshIds,
        TopicRequester requester)
    {
        var names = request.Topics.GroupBy(topic => topic.Name, StringComparer.Ordinal).ToList();
        if (RefuseAll(request, placement) is { IsNone: false } refusal)
        {
            return new(new CreateTopicsResponse { Topics = [.. names.Select(name => Refused(name.Key, refusal))] });
        }

        var response = new CreateTopicsResponse();
        var records = new List<MetadataRecord>();
        foreach (var (index, name) in names.Index())
        {
            if (name.Skip(1).Any())
            {
                response.Topics.Add(Refused(name.Key, new(
                    ErrorCode.InvalidRequest, $"The request names the topic '{name.Key}' more than once; it was not made.")));
                continue;
            }
            var draft = new Draft(image, name.First(), placement, rules, requester);
            if (draft.Check() is { IsNone: false } problem)
            {
                response.Topics.Add(Refused(name.Key, problem));
                continue;
            }
            records.AddRange(draft.Records(freshIds[index]));
            response.Topics.Add(draft.Answer(freshIds[index]));
        }
        return new(response) { Records = request.ValidateOnly ? [] : records };
    }

    private static Refusal RefuseAll(CreateTopicsRequest request, TopicPlacement placement)
    {
        if (request.TimeoutMs <= 0) return Refusal.TimedOut;
        long partitions = request.Topics.Sum(topic =>
            topic.Assignments.Count > 0 ? topic.Assignments.Count
            : topic.NumPartitions == ByDefault ? placement.DefaultPartitions
            : Math.Max(0L, topic.NumPartitions));
        return partitions <= PartitionsPerRequestMax
            ? default
            : new(
                ErrorCode.PolicyViolation, $"The request asks for {partitions} partitions; one request makes at most {PartitionsPerRequestMax}.");
    }

    private static CreateTopicsResponse.CreatableTopicResult Refused(string name, Refusal refusal) => new()
    {
        Name = name,
        ErrorCode = refusal.Code,
        ErrorMessage = refusal.Message,
    };

    /// <summary>One topic on its way.</summary>
    private sealed class Draft(
        ClusterImage image, CreateTopicsRequest.CreatableTopic topic, TopicPlacement placement, ITopicConfigRules rules, TopicRequester requester)
    {
        private readonly SortedDictionary<string, string> _settings = new(StringComparer.Ordinal);

        private int Partitions => topic.Assignments.Count > 0 ? topic.Assignments.Count
            : topic.NumPartitions == ByDefault ? placement.DefaultPartitions
            : topic.NumPartitions;

        private int Replicas => topic.Assignments.Count > 0 ? topic.Assignments[0].BrokerIds.Count
            : topic.ReplicationFactor == ByDefault ? placement.DefaultReplicationFactor
            : topic.ReplicationFactor;

        public Refusal Check()
        {
            if (CheckName() is { IsNone: false } name) return name;
            if (CheckSettings() is { IsNone: false } settings) return settings;
            return topic.Assignments.Count > 0 ? CheckAssignments() : CheckCounts();
        }

        public IEnumerable<MetadataRecord> Records(Guid id) =>
        [
            MetadataRecord.Of(new TopicRecord { Name = topic.Name, TopicId = id }),
            .. _settings.Select(setting => MetadataRecord.Of(new ConfigRecord
            {
                ResourceType = (sbyte)ConfigResourceType.Topic,
                ResourceName = topic.Name,
                Name = setting.Key,
                Value = setting.Value,
            })),
            // Eligible leaders were found under the old minimum, so a topic's own minimum makes them void.
            .. _settings.ContainsKey(MinInSyncReplicas)
                ? [MetadataRecord.Of(new ClearElrRecord { TopicName = topic.Name })]
                : Array.Empty<MetadataRecord>(),
            .. ReplicaAssignments.NewPartitions(id, 0, Partitions, placement),
        ];

        public CreateTopicsResponse.CreatableTopicResult Answer(Guid id) => new()
        {
            Name = topic.Name,
            TopicId = id,
            ErrorMessage = null,
            NumPartitions = Partitions,
            ReplicationFactor = (short)Replicas,
            Configs = rules.Describe(image, _settings),
        };

        private Refusal CheckName()
        {
            if (topic.Name == TopicNames.ClusterMetadata)
            {
                return new(ErrorCode.InvalidRequest, $"'{topic.Name}' is the name of the cluster's own metadata log.");
            }
            if (TopicNames.Problem(topic.Name) is { } problem) return new(ErrorCode.InvalidTopicException, problem);
            if (image.Topics.ByName.ContainsKey(topic.Name))
            {
                return new(ErrorCode.TopicAlreadyExists, $"The topic '{topic.Name}' exists already.");
            }
            if (TopicNames.IsInternal(topic.Name) && requester == TopicRequester.Client) return InternalTopics.Uncreatable(topic.Name);
            if (TopicNames.CollisionName(topic.Name) is { } shared && image.Topics.CollisionNames.ContainsKey(shared))
            {
                string other = image.Topics.ByName.Keys.First(name => TopicNames.CollisionName(name) == shared);
                return new(
                    ErrorCode.InvalidTopicException,
                    $"The topic '{topic.Name}' differs from the topic '{other}' only in '.' and '_', which metrics cannot tell apart.");
            }
            return default;
        }

        private Refusal CheckSettings()
        {
            foreach (var setting in topic.Configs)
            {
                if (setting.Value is null)
                {
                    return new(ErrorCode.InvalidConfig, $"'{setting.Name}' has no value; leave it out for the default.");
                }
                _settings[setting.Name] = setting.Value; // Of a name given twice the later value counts.
            }
            return rules.Problem(image, _settings) is { } problem ? new(ErrorCode.InvalidConfig, problem) : default;
        }

        private Refusal CheckCounts()
        {
            if (topic.ReplicationFactor is < ByDefault or 0)
            {
                return new(
                    ErrorCode.InvalidReplicationFactor,
                    $"The replication factor {topic.ReplicationFactor} is not possible: give 1, or -1 for the default.");
            }
            if (topic.NumPartitions is < ByDefault or 0)
            {
                return new(
                    ErrorCode.InvalidPartitions, $"{topic.NumPartitions} partitions are not possible: give 1 or more, or -1 for the default.");
            }
            return Replicas <= image.Brokers.Count
                ? default
                : new(
                    ErrorCode.InvalidReplicationFactor,
                    $"The replication factor {Replicas} needs as many brokers; there is {ReplicaAssignments.Known(image)}.");
        }

        private Refusal CheckAssignments()
        {
            if (topic.ReplicationFactor != ByDefault || topic.NumPartitions != ByDefault)
            {
                return new(
                    ErrorCode.InvalidRequest,
                    "With assignments the number of partitions and the replication factor follow from them: give -1 for both.");
            }
            foreach (var assignment in topic.Assignments)
            {
                if (ReplicaAssignments.Check(image, assignment.BrokerIds) is { IsNone: false } problem) return problem;
            }
            var indexes = topic.Assignments.Select(assignment => assignment.PartitionIndex).Order();
            return indexes.SequenceEqual(Enumerable.Range(0, topic.Assignments.Count))
                ? default
                : ReplicaAssignments.Invalid("The assignments must number the partitions from 0 on, each once and without a gap.");
        }
    }
}
