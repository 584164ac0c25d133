using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Cursor = Moldau.Protocol.Messages.DescribeTopicPartitionsResponse.Cursor;
using DescribedPartition = Moldau.Protocol.Messages.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponsePartition;
using DescribedTopic = Moldau.Protocol.Messages.DescribeTopicPartitionsResponse.DescribeTopicPartitionsResponseTopic;

namespace Moldau.Broker.Handlers.Topics;

/// <summary>
/// DescribeTopicPartitions (key 75), v0. Topics in the order of their names, in pages of so many partitions; a cursor says where the next
/// page begins. No names ask for all topics.
/// </summary>
internal sealed class DescribeTopicPartitions(MetadataHost metadata, Partitions partitions, int partitionsMax)
    : IHandler<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>
{
    public ValueTask<DescribeTopicPartitionsResponse?> HandleAsync(RequestContext context, DescribeTopicPartitionsRequest request)
    {
        var topics = metadata.Image.Topics;
        var names = NamesFrom(topics, request);
        if (names is null) return new(Refuse(context, request, ErrorCode.InvalidRequest));
        var response = new DescribeTopicPartitionsResponse();
        int left = Math.Clamp(request.ResponsePartitionLimit, 1, partitionsMax);
        foreach (string name in names)
        {
            if (left == 0) response.NextCursor = new Cursor { TopicName = name };
            else left -= Describe(response, topics, name, request.Cursor is { } cursor && cursor.TopicName == name ? cursor.PartitionIndex : 0, left);
            if (response.NextCursor is not null) break;
        }
        return new(response);
    }

    public DescribeTopicPartitionsResponse Refuse(RequestContext context, DescribeTopicPartitionsRequest request, ErrorCode error) => new()
    {
        Topics = [.. Distinct(request).Select(name => new DescribedTopic { Name = name, ErrorCode = error })],
    };

    private static IEnumerable<string> Distinct(DescribeTopicPartitionsRequest request) =>
        request.Topics.Select(topic => topic.Name).Distinct(StringComparer.Ordinal);

    /// <summary>The topics from the cursor on; null where the cursor leads out of what was asked for.</summary>
    private static IEnumerable<string>? NamesFrom(TopicsImage topics, DescribeTopicPartitionsRequest request)
    {
        bool isForAll = request.Topics.Count == 0;
        var names = (isForAll ? topics.ByName.Keys : Distinct(request)).Order(StringComparer.Ordinal);
        if (request.Cursor is not { } cursor) return names;
        if (cursor.PartitionIndex < 0 || (!isForAll && !names.Contains(cursor.TopicName, StringComparer.Ordinal))) return null;
        return names.Where(name => string.CompareOrdinal(name, cursor.TopicName) >= 0);
    }

    /// <summary>Adds a topic and says how many partitions that took; if not all fit, the next page begins with the first that did not.</summary>
    private int Describe(DescribeTopicPartitionsResponse response, TopicsImage topics, string name, int from, int left)
    {
        var described = new DescribedTopic { Name = name, TopicAuthorizedOperations = AuthorizedOperations.OnTopic };
        response.Topics.Add(described);
        if (!topics.ByName.TryGetValue(name, out var topic))
        {
            described.ErrorCode = Unknown(name);
            return 0;
        }
        described.TopicId = topic.Id;
        described.IsInternal = topic.IsInternal;
        described.Partitions.AddRange(topic.Partitions.Skip(from).Take(left).Select(partition => Describe(topic, partition)));
        int next = from + described.Partitions.Count;
        if (next < topic.Partitions.Length) response.NextCursor = new Cursor { TopicName = name, PartitionIndex = next };
        return described.Partitions.Count;
    }

    private static ErrorCode Unknown(string name) =>
        name.Length == 0 ? ErrorCode.UnknownServerError
        : TopicNames.Problem(name) is not null ? ErrorCode.InvalidTopicException
        : ErrorCode.UnknownTopicOrPartition;

    private DescribedPartition Describe(TopicImage topic, PartitionImage partition)
    {
        var (error, leader) = partitions.LeaderOf(topic, partition);
        return new()
        {
            ErrorCode = error,
            PartitionIndex = partition.Index,
            LeaderId = leader,
            LeaderEpoch = partition.LeaderEpoch,
            ReplicaNodes = [.. partition.Replicas],
            IsrNodes = [.. partition.Isr],
            EligibleLeaderReplicas = [.. partition.EligibleLeaderReplicas],
            LastKnownElr = [.. partition.LastKnownElr],
        };
    }
}
