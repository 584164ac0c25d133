using Microsoft.Extensions.Logging;
using Moldau.Broker.Handlers.Cluster;
using Moldau.Broker.Handlers.Groups;
using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Handlers.Security;
using Moldau.Broker.Handlers.ShareGroups;
using Moldau.Broker.Handlers.Shares;
using Moldau.Broker.Handlers.ShareState;
using Moldau.Broker.Handlers.Topics;
using Moldau.Broker.Handlers.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker;

/// <summary>The APIs that are served, by key. ApiVersions answers and the compatibility document are derived from this table.</summary>
internal static class Apis
{
    /// <summary>For the APIs in which a client names all partitions that it uses, and their topics.</summary>
    private const int PartitionElementsMax = 100_000;

    /// <summary>For the APIs in which a client may say something of each record that it has got.</summary>
    private const int AcknowledgedElementsMax = 250_000;

    public static readonly Api[] Served =
    [
        new Api<ProduceRequest, ProduceResponse>(3, 13, broker => new Produce(broker))
        {
            AnnouncedMin = 0,
            Order = ApiOrder.Overlapping,
            ElementsMax = PartitionElementsMax,
        },
        new Api<FetchRequest, FetchResponse>(4, 18, Fetch.Create) { Order = ApiOrder.Overlapping, ElementsMax = PartitionElementsMax },
        new Api<ListOffsetsRequest, ListOffsetsResponse>(1, 11, broker => new ListOffsets(broker.Partitions)) { ElementsMax = PartitionElementsMax },
        new Api<MetadataRequest, MetadataResponse>(0, 13, broker => new Metadata(broker, broker.Loggers.CreateLogger<Metadata>()))
        {
            ElementsMax = PartitionElementsMax,
        },
        new Api<OffsetCommitRequest, OffsetCommitResponse>(2, 10, broker => new OffsetCommit(broker.Groups, () => broker.Metadata.Image.Topics))
        {
            ElementsMax = PartitionElementsMax,
        },
        new Api<OffsetFetchRequest, OffsetFetchResponse>(1, 10, broker => new OffsetFetch(broker.Groups, () => broker.Metadata.Image.Topics))
        {
            ElementsMax = PartitionElementsMax,
        },
        new Api<FindCoordinatorRequest, FindCoordinatorResponse>(0, 6, broker => new FindCoordinator(broker.Groups, broker.Transactions, broker.ShareState, broker.NodeId))
        {
            ElementsMax = PartitionElementsMax,
        },
        new Api<JoinGroupRequest, JoinGroupResponse>(0, 9, broker => new JoinGroup(broker.Groups)),
        new Api<HeartbeatRequest, HeartbeatResponse>(0, 4, broker => new Heartbeat(broker.Groups)),
        new Api<LeaveGroupRequest, LeaveGroupResponse>(0, 5, broker => new LeaveGroup(broker.Groups)),
        new Api<SyncGroupRequest, SyncGroupResponse>(0, 5, broker => new SyncGroup(broker.Groups)),
        new Api<DescribeGroupsRequest, DescribeGroupsResponse>(0, 6, broker => new DescribeGroups(broker.Groups)),
        new Api<ListGroupsRequest, ListGroupsResponse>(0, 5, broker => new ListGroups(broker.Groups)),
        new Api<SaslHandshakeRequest, SaslHandshakeResponse>(0, 1, _ => new SaslHandshake()),
        new Api<ApiVersionsRequest, ApiVersionsResponse>(0, 5, broker => new ApiVersions(broker)),
        new Api<CreateTopicsRequest, CreateTopicsResponse>(2, 7, broker => new CreateTopics(broker.Storage.Topics)) { ElementsMax = PartitionElementsMax },
        new Api<DeleteTopicsRequest, DeleteTopicsResponse>(1, 6, broker => new DeleteTopics(broker.Storage.Topics, broker.Metadata, broker.Storage.LiveConfig)) { ElementsMax = PartitionElementsMax },
        new Api<DeleteRecordsRequest, DeleteRecordsResponse>(0, 2, broker => new DeleteRecords(broker.Partitions)) { ElementsMax = PartitionElementsMax },
        new Api<InitProducerIdRequest, InitProducerIdResponse>(0, 5, broker => new InitProducerId(broker.Transactions, broker.Storage.ProducerIds)),
        new Api<OffsetForLeaderEpochRequest, OffsetForLeaderEpochResponse>(2, 4, broker => new OffsetForLeaderEpoch(broker.Partitions))
        {
            ElementsMax = PartitionElementsMax,
        },
        new Api<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(
            0, 5, broker => new AddPartitionsToTxn(broker.Transactions, () => broker.Metadata.Image.Topics)) { ElementsMax = PartitionElementsMax },
        new Api<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(0, 4, broker => new AddOffsetsToTxn(broker.Transactions, broker.Groups)),
        new Api<EndTxnRequest, EndTxnResponse>(0, 5, broker => new EndTxn(broker.Transactions)),
        new Api<WriteTxnMarkersRequest, WriteTxnMarkersResponse>(1, 2, broker => new WriteTxnMarkers(broker.Coordinators.Markers)) { ElementsMax = PartitionElementsMax },
        new Api<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(
            0, 6, broker => new TxnOffsetCommit(broker.Groups, new TransactionVerifier(broker), () => broker.Metadata.Image.Topics))
        {
            ElementsMax = PartitionElementsMax,
        },
        new Api<SaslAuthenticateRequest, SaslAuthenticateResponse>(0, 2, _ => new SaslAuthenticate()),
        new Api<AlterReplicaLogDirsRequest, AlterReplicaLogDirsResponse>(1, 2, broker => new AlterReplicaLogDirs(broker.Storage)) { ElementsMax = PartitionElementsMax },
        new Api<DescribeLogDirsRequest, DescribeLogDirsResponse>(1, 5, broker => new DescribeLogDirs(broker.Storage)) { ElementsMax = PartitionElementsMax },
        new Api<DescribeConfigsRequest, DescribeConfigsResponse>(
            1, 4, broker => new DescribeConfigs(broker.Storage.LiveConfig, () => broker.Metadata.Image, broker.Loggers)),
        new Api<AlterConfigsRequest, AlterConfigsResponse>(0, 2, broker => new AlterConfigs(broker.Metadata, broker.Storage.LiveConfig)) { ElementsMax = PartitionElementsMax },
        new Api<CreatePartitionsRequest, CreatePartitionsResponse>(0, 3, broker => new CreatePartitions(broker.Storage.Topics)) { ElementsMax = PartitionElementsMax },
        new Api<ElectLeadersRequest, ElectLeadersResponse>(0, 2, broker => new ElectLeaders(broker.Metadata)) { ElementsMax = PartitionElementsMax },
        new Api<IncrementalAlterConfigsRequest, IncrementalAlterConfigsResponse>(
            0, 1, broker => new IncrementalAlterConfigs(broker.Metadata, broker.Storage.LiveConfig, broker.Loggers))
        {
            ElementsMax = PartitionElementsMax,
        },
        new Api<AlterPartitionReassignmentsRequest, AlterPartitionReassignmentsResponse>(
            0, 1, broker => new AlterPartitionReassignments(broker.Metadata, broker.NodeId)) { ElementsMax = PartitionElementsMax },
        new Api<ListPartitionReassignmentsRequest, ListPartitionReassignmentsResponse>(0, 0, _ => new ListPartitionReassignments()) { ElementsMax = PartitionElementsMax },
        new Api<DescribeUserScramCredentialsRequest, DescribeUserScramCredentialsResponse>(0, 0, broker => new DescribeUserScramCredentials(broker.Metadata)),
        new Api<AlterUserScramCredentialsRequest, AlterUserScramCredentialsResponse>(0, 0, broker => new AlterUserScramCredentials(broker.Metadata)),
        new Api<DescribeQuorumRequest, DescribeQuorumResponse>(0, 2, broker => new DescribeQuorum(broker.Metadata, broker.NodeId, broker.Time)),
        new Api<DescribeClusterRequest, DescribeClusterResponse>(0, 2, broker => new DescribeCluster(broker)),
        new Api<DescribeProducersRequest, DescribeProducersResponse>(0, 0, broker => new DescribeProducers(broker.Partitions)),
        new Api<DeleteGroupsRequest, DeleteGroupsResponse>(0, 3, broker => new DeleteGroups(broker.Groups)),
        new Api<OffsetDeleteRequest, OffsetDeleteResponse>(0, 0, broker => new OffsetDelete(broker.Groups, () => broker.Metadata.Image.Topics)),
        new Api<ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatResponse>(0, 1, broker => new ConsumerGroupHeartbeat(broker.Groups, () => broker.Metadata.Image))
        {
            ElementsMax = PartitionElementsMax,
        },
        new Api<ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse>(0, 1, broker => new ConsumerGroupDescribe(broker.Groups, () => broker.Metadata.Image)),
        new Api<ShareGroupHeartbeatRequest, ShareGroupHeartbeatResponse>(
            1, 1, broker => new ShareGroupHeartbeat(broker.Groups, () => broker.Metadata.Image)) { ElementsMax = PartitionElementsMax },
        new Api<ShareGroupDescribeRequest, ShareGroupDescribeResponse>(
            1, 1, broker => new ShareGroupDescribe(broker.Groups, () => broker.Metadata.Image)),
        new Api<ShareFetchRequest, ShareFetchResponse>(1, 2, broker => new ShareFetch(broker)) { ElementsMax = AcknowledgedElementsMax },
        new Api<ShareAcknowledgeRequest, ShareAcknowledgeResponse>(1, 2, broker => new ShareAcknowledge(broker)) { ElementsMax = AcknowledgedElementsMax },
        new Api<DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse>(
            0, 1, broker => new DescribeShareGroupOffsets(new ShareOffsets(broker), () => broker.Metadata.Image)) { ElementsMax = PartitionElementsMax },
        new Api<AlterShareGroupOffsetsRequest, AlterShareGroupOffsetsResponse>(
            0, 0, broker => new AlterShareGroupOffsets(broker.Groups, () => broker.Metadata.Image)) { ElementsMax = PartitionElementsMax },
        new Api<DeleteShareGroupOffsetsRequest, DeleteShareGroupOffsetsResponse>(
            0, 0, broker => new DeleteShareGroupOffsets(broker.Groups, () => broker.Metadata.Image)),
        new Api<GetTelemetrySubscriptionsRequest, GetTelemetrySubscriptionsResponse>(
            0, 0, broker => new GetTelemetrySubscriptions(broker.Time)) { IsAnnounced = false },
        new Api<DescribeTransactionsRequest, DescribeTransactionsResponse>(0, 0, broker => new DescribeTransactions(broker.Transactions)),
        new Api<ListTransactionsRequest, ListTransactionsResponse>(0, 2, broker => new ListTransactions(broker.Transactions)),
        new Api<ListConfigResourcesRequest, ListConfigResourcesResponse>(0, 1, broker => new ListConfigResources(broker.Metadata, broker.NodeId)),
        new Api<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>(
            0, 0, broker => new DescribeTopicPartitions(broker.Metadata, broker.Partitions, broker.Config.DescribedPartitionsMax))
        {
            ElementsMax = PartitionElementsMax,
        },
        new Api<InitializeShareGroupStateRequest, InitializeShareGroupStateResponse>(0, 0, broker => new InitializeShareGroupState(broker.Sharing.Partitions)),
        new Api<ReadShareGroupStateRequest, ReadShareGroupStateResponse>(0, 0, broker => new ReadShareGroupState(broker.ShareState)),
        new Api<WriteShareGroupStateRequest, WriteShareGroupStateResponse>(0, 1, broker => new WriteShareGroupState(broker.ShareState)),
        new Api<DeleteShareGroupStateRequest, DeleteShareGroupStateResponse>(0, 0, broker => new DeleteShareGroupState(broker.Sharing.Partitions)),
        new Api<ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse>(0, 1, broker => new ReadShareGroupStateSummary(broker.ShareState)),
        new Api<StreamsGroupHeartbeatRequest, StreamsGroupHeartbeatResponse>(
            0, 1, broker => new StreamsGroupHeartbeat(broker.Groups, () => broker.Metadata.Image)) { ElementsMax = PartitionElementsMax },
        new Api<StreamsGroupDescribeRequest, StreamsGroupDescribeResponse>(
            0, 1, broker => new StreamsGroupDescribe(broker.Groups, () => broker.Metadata.Image)),
        new Api<StreamsGroupTopologyDescriptionUpdateRequest, StreamsGroupTopologyDescriptionUpdateResponse>(
            0, 0, _ => new StreamsGroupTopologyDescriptionUpdate()),
    ];

    /// <summary>The handlers of one broker, indexed by key; null where the API is not served.</summary>
    public static IEndpoint?[] Bind(BrokerServices services)
    {
        var endpoints = new IEndpoint?[Enum.GetValues<ApiKey>().Max(key => (int)key) + 1];
        foreach (var api in Served) endpoints[(int)api.Key] = api.Bind(services);
        return endpoints;
    }
}
