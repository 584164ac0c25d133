using Microsoft.Extensions.Logging;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Handlers.Topics;

/// <summary>
/// Metadata (key 3), v0-v13. Brokers, topics and who leads their partitions, from one image. A topic that is missing may be made: the client
/// is told that it is unknown, and finds it when it asks again, as with Kafka.
/// </summary>
internal sealed class Metadata(BrokerServices broker, ILogger logger) : IHandler<MetadataRequest, MetadataResponse>
{
    private const short FirstVersionWithNullForAll = 1;
    private const short FirstVersionWithIds = 12;

    // Topics that are being made because somebody named them. Beyond, a client finds its topic missing, and asks again.
    private const int CreationsMax = 100;

    private int _creations;

    public ValueTask<MetadataResponse?> HandleAsync(RequestContext context, MetadataRequest request)
    {
        if (Check(context.Version, request) is not ErrorCode.None and var error) return new(Refuse(context, request, error));
        var image = broker.Metadata.Image;
        var response = new MetadataResponse
        {
            Brokers = [new() { NodeId = broker.NodeId, Host = context.Advertised.Host, Port = context.Advertised.Port, Rack = broker.Config.Rack }],
            ClusterId = broker.ClusterId,
            ControllerId = broker.NodeId,
            Topics = Topics(context, request, image),
            ClusterAuthorizedOperations = request.IncludeClusterAuthorizedOperations ? AuthorizedOperations.OnCluster : AuthorizedOperations.NotAsked,
        };
        if (!request.IncludeTopicAuthorizedOperations) return new(response);
        foreach (var topic in response.Topics) topic.TopicAuthorizedOperations = AuthorizedOperations.OnTopic;
        return new(response);
    }

    public MetadataResponse Refuse(RequestContext context, MetadataRequest request, ErrorCode error) => new()
    {
        ErrorCode = error,
        Topics = [.. (request.Topics ?? []).Select(topic => new MetadataResponse.MetadataResponseTopic
        {
            ErrorCode = error,
            Name = topic.Name ?? "",
            TopicId = topic.TopicId,
        })],
    };

    /// <summary>
    /// Versions 10 and 11 have a field for the id, but only names are looked up. What Kafka has no code for is an unknown server error.
    /// </summary>
    private static ErrorCode Check(short version, MetadataRequest request)
    {
        if (request.Topics is not { } topics) return ErrorCode.None;
        if (version < FirstVersionWithIds)
        {
            bool isOfALaterVersion = topics.Exists(topic => topic.Name is null || topic.TopicId != Guid.Empty);
            return isOfALaterVersion ? ErrorCode.InvalidRequest : ErrorCode.None;
        }
        bool isByName = !topics.Exists(topic => topic.TopicId != Guid.Empty);
        return isByName && topics.Exists(topic => topic.Name is null) ? ErrorCode.UnknownServerError : ErrorCode.None;
    }

    private List<MetadataResponse.MetadataResponseTopic> Topics(RequestContext context, MetadataRequest request, ClusterImage image)
    {
        bool isForAll = context.Version < FirstVersionWithNullForAll ? request.Topics is not { Count: > 0 } : request.Topics is null;
        if (isForAll) return [.. image.Topics.ById.Values.Select(Known)];
        var ids = request.Topics!.Select(topic => topic.TopicId).Where(id => id != Guid.Empty).Distinct().ToList();
        // As soon as one entry has an id, the request is by id, and entries with a name alone are left out.
        if (ids.Count > 0) return ids.ConvertAll(id => image.Topics.ById.TryGetValue(id, out var topic) ? Known(topic) : UnknownId(id));
        var names = request.Topics!.Select(topic => topic.Name!).Distinct(StringComparer.Ordinal);
        return [.. names.Select(name => image.Topics.ByName.TryGetValue(name, out var topic) ? Known(topic) : UnknownName(context, request, image, name))];
    }

    private static MetadataResponse.MetadataResponseTopic UnknownId(Guid id) =>
        new() { ErrorCode = ErrorCode.UnknownTopicId, Name = null, TopicId = id };

    private MetadataResponse.MetadataResponseTopic UnknownName(RequestContext context, MetadataRequest request, ClusterImage image, string name)
    {
        bool isValid = TopicNames.Problem(name) is null;
        if (isValid && request.AllowAutoTopicCreation && broker.Storage.LiveConfig.Of(image).NewTopics.CreateWhenAsked)
        {
            if (Interlocked.Increment(ref _creations) <= CreationsMax) _ = CreateAsync(name, context.ClientId);
            else Interlocked.Decrement(ref _creations);
        }
        return new()
        {
            ErrorCode = isValid ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException,
            Name = name,
            IsInternal = TopicNames.IsInternal(name),
        };
    }

    private async Task CreateAsync(string name, string? clientId)
    {
        try
        {
            var made = (await broker.Storage.Topics.CreateByNameAsync(name).ConfigureAwait(false)).Topics[0];
            if (made.ErrorCode is ErrorCode.None or ErrorCode.TopicAlreadyExists) return;
            logger.TopicNotAutoCreated(name, clientId, made.ErrorMessage ?? made.ErrorCode.KafkaName());
        }
        catch (Exception failure)
        {
            logger.TopicNotAutoCreated(name, clientId, failure.Message);
        }
        finally
        {
            Interlocked.Decrement(ref _creations);
        }
    }

    private MetadataResponse.MetadataResponseTopic Known(TopicImage topic) => new()
    {
        Name = topic.Name,
        TopicId = topic.Id,
        IsInternal = topic.IsInternal,
        Partitions = [.. topic.Partitions.Select(partition => Known(topic, partition))],
    };

    private MetadataResponse.MetadataResponsePartition Known(TopicImage topic, PartitionImage partition)
    {
        var (error, leader) = broker.Partitions.LeaderOf(topic, partition);
        return new()
        {
            ErrorCode = error,
            PartitionIndex = partition.Index,
            LeaderId = leader,
            LeaderEpoch = partition.LeaderEpoch,
            ReplicaNodes = [.. partition.Replicas],
            IsrNodes = [.. partition.Isr],
        };
    }
}
