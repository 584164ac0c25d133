using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using PartitionResult = Moldau.Protocol.Messages.ElectLeadersResponse.PartitionResult;

namespace Moldau.Broker.Handlers.Topics;

/// <summary>
/// ElectLeaders (key 43), v0-v2. The one broker leads everything, so there is never a leader to elect. Null tries all partitions, and names
/// only those where something happened.
/// </summary>
internal sealed class ElectLeaders(MetadataHost metadata) : IHandler<ElectLeadersRequest, ElectLeadersResponse>
{
    private const sbyte Unclean = 1;

    public ValueTask<ElectLeadersResponse?> HandleAsync(RequestContext context, ElectLeadersRequest request)
    {
        if (request.ElectionType is < 0 or > Unclean) return new(Refuse(context, request, ErrorCode.InvalidRequest));
        var topics = metadata.Image.Topics;
        if (request.TopicPartitions is not null) return new(Answer(request, (topic, index) => Elect(topics, topic, index)));
        var results = topics.ByName.Keys.Select(topic => new ElectLeadersResponse.ReplicaElectionResult { Topic = topic });
        return new(new ElectLeadersResponse { ReplicaElectionResults = [.. results] });
    }

    public ElectLeadersResponse Refuse(RequestContext context, ElectLeadersRequest request, ErrorCode error)
    {
        var response = Answer(request, (_, index) => Failed(index, error, $"The election was refused: {error.KafkaName()}."));
        response.ErrorCode = error;
        return response;
    }

    private static ElectLeadersResponse Answer(ElectLeadersRequest request, Func<string, int, PartitionResult> elect) => new()
    {
        ReplicaElectionResults = [.. (request.TopicPartitions ?? []).Select(topic => new ElectLeadersResponse.ReplicaElectionResult
        {
            Topic = topic.Topic,
            PartitionResult = topic.Partitions.ConvertAll(index => elect(topic.Topic, index)),
        })],
    };

    // A message names only topics that exist: it comes with each partition, and the request may name nothing as long as it likes.
    private static PartitionResult Elect(TopicsImage topics, string topic, int index)
    {
        if (!topics.ByName.TryGetValue(topic, out var found)) return Failed(index, ErrorCode.UnknownTopicOrPartition, "There is no topic of this name.");
        if ((uint)index >= (uint)found.Partitions.Length)
        {
            return Failed(index, ErrorCode.UnknownTopicOrPartition, $"{topic} has {found.Partitions.Length} partitions, numbered from 0.");
        }
        return Failed(index, ErrorCode.ElectionNotNeeded, $"Broker {found.Partitions[index].Leader} leads {topic}-{index} already, as it shall.");
    }

    private static PartitionResult Failed(int index, ErrorCode error, string message) =>
        new() { PartitionId = index, ErrorCode = error, ErrorMessage = message };
}
