using Moldau.Broker.Config;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Topics;

/// <summary>Makes, grows and deletes topics, for clients as for the broker itself.</summary>
internal sealed class TopicAdmin(MetadataHost metadata, LiveConfig config, Guid logDirectoryId, Func<Guid> newId)
{
    private readonly TopicConfigRules _rules = new(config);

    /// <summary>Makes the topics that a client asks for.</summary>
    public Task<CreateTopicsResponse> CreateAsync(CreateTopicsRequest request) => CreateAsync(request, TopicRequester.Client);

    public Task<CreatePartitionsResponse> GrowAsync(CreatePartitionsRequest request) =>
        metadata.AskAsync(image => PartitionCreation.Decide(image, request, Placement(image)));

    public Task<DeleteTopicsResponse> DeleteAsync(DeleteTopicsRequest request, short version) =>
        metadata.AskAsync(image => TopicDeletion.Decide(image, request, version));

    /// <summary>
    /// Makes a topic that a client asked for by name, with the broker's defaults. An internal one gets what its coordinator needs.
    /// </summary>
    public Task<CreateTopicsResponse> CreateByNameAsync(string name) =>
        CreateAsync(new CreateTopicsRequest { Topics = [ByName(name)] }, TopicRequester.Broker);

    /// <summary>Makes the internal topic if it is not there. When the task completes its partitions can be found.</summary>
    public async Task EnsureInternalTopicAsync(string name)
    {
        if (metadata.Image.Topics.ByName.ContainsKey(name)) return;
        var response = await CreateByNameAsync(name).ConfigureAwait(false);
        var made = response.Topics[0];
        if (made.ErrorCode is not (ErrorCode.None or ErrorCode.TopicAlreadyExists))
        {
            throw new InvalidOperationException($"The internal topic {name} cannot be made: {made.ErrorMessage}");
        }
    }

    /// <summary>A random id as Kafka has them: none that begins with a dash, which command lines would take for an option.</summary>
    public static Guid FreshId()
    {
        var id = Guid.NewGuid();
        while (KafkaUuid.ToText(id)[0] == '-') id = Guid.NewGuid();
        return id;
    }

    private Task<CreateTopicsResponse> CreateAsync(CreateTopicsRequest request, TopicRequester requester)
    {
        var freshIds = request.Topics.ConvertAll(_ => newId());
        return metadata.AskAsync(image => TopicCreation.Decide(image, request, Placement(image), _rules, freshIds, requester));
    }

    private CreateTopicsRequest.CreatableTopic ByName(string name)
    {
        var layers = config.Of(metadata.Image).Layers;
        return name switch
        {
            TopicNames.ConsumerOffsets => Internal(
                name, layers, "offsets.topic", ("cleanup.policy", "compact"), ("compression.type", "producer")),
            TopicNames.TransactionState => Internal(
                name, layers, "transaction.state.log", ("cleanup.policy", "compact"), ("compression.type", "uncompressed"),
                ("min.insync.replicas", layers.Text("transaction.state.log.min.isr")!), ("unclean.leader.election.enable", "false")),
            TopicNames.ShareGroupState => Internal(
                name, layers, "share.coordinator.state.topic", ("cleanup.policy", "delete"), ("compression.type", "producer"),
                ("min.insync.replicas", layers.Text("share.coordinator.state.topic.min.isr")!), ("retention.ms", "-1")),
            _ => new() { Name = name, NumPartitions = -1, ReplicationFactor = -1 },
        };
    }

    private static CreateTopicsRequest.CreatableTopic Internal(
        string name, ConfigLayers layers, string prefix, params (string Name, string Value)[] settings) => new()
        {
            Name = name,
            NumPartitions = layers.Int($"{prefix}.num.partitions"),
            ReplicationFactor = (short)layers.Int($"{prefix}.replication.factor"),
            Configs =
            [
                .. settings.Select(setting => new CreateTopicsRequest.CreatableTopicConfig { Name = setting.Name, Value = setting.Value }),
                new() { Name = "segment.bytes", Value = layers.Text($"{prefix}.segment.bytes") },
            ],
        };

    private TopicPlacement Placement(ClusterImage image)
    {
        var broker = config.Of(image);
        return new()
        {
            NodeId = broker.NodeId,
            LogDirectoryId = logDirectoryId,
            DefaultPartitions = broker.NewTopics.Partitions,
            DefaultReplicationFactor = broker.NewTopics.ReplicationFactor,
        };
    }
}
