using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Shares;

/// <summary>A broker in memory with a topic, as a rule of one partition, which a share group reads whose coordinator has done its part.</summary>
internal sealed class SharedTopic : IAsyncDisposable
{
    public const string Group = "g", Name = "t";

    private readonly List<ShareMember> _members = [];

    private SharedTopic(KafkaBroker broker, WireClient admin, TestProducer producer, Guid topicId) =>
        (Broker, Admin, Producer, TopicId) = (broker, admin, producer, topicId);

    public KafkaBroker Broker { get; }

    public WireClient Admin { get; }

    public TestProducer Producer { get; }

    public Guid TopicId { get; }

    public static async Task<SharedTopic> StartAsync(KafkaBrokerOptions? options = null, string reset = "earliest", int partitions = 1) =>
        await OnAsync(await KafkaBroker.StartAsync(options ?? new KafkaBrokerOptions()), reset, partitions);

    /// <summary>On a broker that runs already and is stopped with the topic.</summary>
    public static async Task<SharedTopic> OnAsync(KafkaBroker broker, string reset = "earliest", int partitions = 1)
    {
        var admin = WireClient.To(broker);
        var producer = await TestProducer.StartAsync(broker, Name, partitions);
        var metadata = await admin.AskAsync<MetadataRequest, MetadataResponse>(new() { Topics = [new() { Name = Name }] }, 12);
        var topic = new SharedTopic(broker, admin, producer, metadata.Topics[0].TopicId);
        await topic.SetAsync(("share.auto.offset.reset", reset));
        for (int partition = 0; partition < partitions; partition++) await topic.InitializeAsync(stateEpoch: 1, startOffset: -1, partition);
        return topic;
    }

    public ShareMember Join(string memberId)
    {
        var member = new ShareMember(Broker, Group, memberId, TopicId);
        _members.Add(member);
        return member;
    }

    /// <summary>Settings of the group.</summary>
    public async Task SetAsync(params (string Name, string Value)[] settings)
    {
        const sbyte GroupResource = 32;
        var response = await Admin.AskAsync<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            new()
            {
                Resources = [new()
                {
                    ResourceType = GroupResource,
                    ResourceName = Group,
                    Configs = [.. settings.Select(setting => new IncrementalAlterConfigsRequest.AlterableConfig { Name = setting.Name, Value = setting.Value })],
                }],
            },
            1);
        Assert.Equal(ErrorCode.None, response.Responses[0].ErrorCode);
    }

    /// <summary>What the group's coordinator does before its members are given the partition, and when somebody alters where the group is.</summary>
    public async Task InitializeAsync(int stateEpoch, long startOffset, int partition = 0)
    {
        var response = await Admin.AskAsync<InitializeShareGroupStateRequest, InitializeShareGroupStateResponse>(
            new()
            {
                GroupId = Group,
                Topics = [new() { TopicId = TopicId, Partitions = [new() { Partition = partition, StateEpoch = stateEpoch, StartOffset = startOffset }] }],
            },
            0);
        Assert.Equal(ErrorCode.None, response.Results[0].Partitions[0].ErrorCode);
    }

    /// <summary>The start offset that is stored.</summary>
    public async Task<long> StoredStartAsync()
    {
        var response = await Admin.AskAsync<ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse>(
            new() { GroupId = Group, Topics = [new() { TopicId = TopicId, Partitions = [new() { Partition = 0, LeaderEpoch = -1 }] }] }, 1);
        Assert.Equal(ErrorCode.None, response.Results[0].Partitions[0].ErrorCode);
        return response.Results[0].Partitions[0].StartOffset;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members) member.Dispose();
        Producer.Dispose();
        Admin.Dispose();
        await Broker.DisposeAsync();
    }
}
