using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Coordination.Tests.Metadata;

/// <summary>
/// A cluster of one node. After every step a replica that has replayed the bytes of all records so far must be equal to it.
/// </summary>
internal sealed class ClusterScenario
{
    public const int NodeId = 1;
    public static readonly Guid LogDirectoryId = new("11111111-2222-3333-4444-555555555555");

    private ClusterImage _replica = ClusterImage.Empty;
    private int _ids;

    public ClusterImage Image { get; private set; } = ClusterImage.Empty;

    public List<MetadataRecord> Log { get; } = [];

    public BrokerImage Broker => Image.Brokers[NodeId];

    public static TopicPlacement Placement { get; } = new() { NodeId = NodeId, LogDirectoryId = LogDirectoryId };

    public static ClusterScenario Started()
    {
        var cluster = new ClusterScenario();
        cluster.Append(NodeDecisions.FirstStart(NodeDecisions.Bootstrap([])));
        cluster.Start();
        return cluster;
    }

    public void Start(params (string Topic, int Partition)[] truncated)
    {
        Append(NodeDecisions.AbortOpenTransaction(Image));
        Append(NodeDecisions.RegisterController(Registration));
        Append(NodeDecisions.RegisterBroker(Registration, Log.Count));
        Append(NodeDecisions.ReportNoCordonedLogDirs(Broker));
        Append(NodeDecisions.Unfence(Image, Broker, truncated.ToHashSet()));
    }

    public void StopCleanly()
    {
        Append(NodeDecisions.BeginControlledShutdown(Image, Broker));
        Append(NodeDecisions.EndControlledShutdown(Broker));
    }

    public CreateTopicsResponse.CreatableTopicResult Create(string name, int partitions = 1, params (string Name, string Value)[] settings) =>
        Create(new CreateTopicsRequest.CreatableTopic
        {
            Name = name,
            NumPartitions = partitions,
            ReplicationFactor = 1,
            Configs = [.. settings.Select(setting => new CreateTopicsRequest.CreatableTopicConfig { Name = setting.Name, Value = setting.Value })],
        }).Topics.Single();

    public CreateTopicsResponse Create(params CreateTopicsRequest.CreatableTopic[] topics) =>
        Create(new CreateTopicsRequest { Topics = [.. topics], TimeoutMs = 1000 });

    public CreateTopicsResponse Create(CreateTopicsRequest request, TopicRequester requester = TopicRequester.Client) =>
        Apply(TopicCreation.Decide(Image, request, Placement, new AnyConfig(), [.. request.Topics.Select(_ => FreshId())], requester));

    public CreateTopicsResponse.CreatableTopicResult CreateInternal(string name, int partitions = 1) => Create(
        new CreateTopicsRequest { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }], TimeoutMs = 1000 },
        TopicRequester.Broker).Topics.Single();

    public DeleteTopicsResponse Delete(params (string? Name, Guid Id)[] topics) => Apply(TopicDeletion.Decide(
        Image,
        new DeleteTopicsRequest { TimeoutMs = 1000, Topics = [.. topics.Select(topic => new DeleteTopicsRequest.DeleteTopicState { Name = topic.Name, TopicId = topic.Id })] },
        version: 6));

    public CreatePartitionsResponse Grow(string topic, int count, List<CreatePartitionsRequest.CreatePartitionsAssignment>? assignments = null) =>
        Apply(PartitionCreation.Decide(
            Image,
            new CreatePartitionsRequest { TimeoutMs = 1000, Topics = [new() { Name = topic, Count = count, Assignments = assignments }] },
            Placement));

    public TReply Apply<TReply>(MetadataDecision<TReply> decision)
    {
        Append(decision.Records);
        return decision.Reply;
    }

    public void Append(IReadOnlyList<MetadataRecord> records)
    {
        Image = ClusterImageBuilder.Apply(Image, records);
        Log.AddRange(records);
        foreach (var record in records) _replica = ClusterImageBuilder.Apply(_replica, [MetadataRecord.Read(Bytes(record))]);
        Assert.Equal(Text(Image), Text(_replica));
        // A snapshot says what holds, and so nothing of a transaction that is open.
        if (Image.BeforeTransaction is null) Assert.Equal(Text(Image), Text(ClusterImageBuilder.Apply(ClusterImage.Empty, ClusterSnapshot.Records(Image))));
    }

    /// <summary>Equal for equal images.</summary>
    public static string Text(ClusterImage image) =>
        string.Join('\n', ClusterSnapshot.Records(image).Select(record => Convert.ToHexString(Bytes(record)))
            .Concat(image.Topics.CollisionNames.OrderBy(name => name.Key).Select(name => $"{name.Key} {name.Value}"))
            .Append(image.BeforeTransaction is null ? "no transaction" : "a transaction"));

    public static byte[] Bytes(MetadataRecord record)
    {
        using var writer = new WireWriter();
        record.Write(writer);
        return writer.Written.ToArray();
    }

    private static NodeRegistration Registration => new()
    {
        NodeId = NodeId,
        IncarnationId = new Guid("99999999-0000-0000-0000-000000000001"),
        LogDirectoryId = LogDirectoryId,
        Endpoints = [new("PLAINTEXT", "localhost", 9092, 0)],
        ControllerEndpoint = new("CONTROLLER", "localhost", 9093, 0),
    };

    private Guid FreshId() => new(++_ids, 0, 0, new byte[8]);

    private sealed class AnyConfig : ITopicConfigRules
    {
        public string? Problem(ClusterImage image, IReadOnlyDictionary<string, string> settings) => settings.ContainsKey("no.such.config") ? "There is no such key." : null;

        public List<CreateTopicsResponse.CreatableTopicConfigs> Describe(ClusterImage image, IReadOnlyDictionary<string, string> settings) =>
            [.. settings.Select(setting => new CreateTopicsResponse.CreatableTopicConfigs { Name = setting.Key, Value = setting.Value })];
    }
}
