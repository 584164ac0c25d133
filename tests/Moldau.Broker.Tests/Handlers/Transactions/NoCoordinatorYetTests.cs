using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Coordination;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Transactions;

/// <summary>Producers who were there before the broker lost its directory: nobody has asked for a coordinator of transactions yet.</summary>
public sealed class NoCoordinatorYetTests : IAsyncLifetime
{
    private const string Id = "x", Topic = "t";

    private static readonly TransactionalProducer Producer = new(ProducerId: 9, Epoch: 0);

    private KafkaBroker _broker = null!;
    private TestProducer _topic = null!;
    private WireClient _client = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions());
        _topic = await TestProducer.StartAsync(_broker, Topic, partitions: 1);
        _client = WireClient.To(_broker);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _topic.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task Partitions_cannot_be_added_here()
    {
        var request = new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = Id,
            V3AndBelowProducerId = Producer.ProducerId,
            V3AndBelowProducerEpoch = Producer.Epoch,
            V3AndBelowTopics = [new() { Name = Topic, Partitions = [0] }],
        };
        var answer = await _client.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, 3);
        Assert.Equal(ErrorCode.NotCoordinator, answer.ResultsByTopicV3AndBelow[0].ResultsByPartition[0].PartitionErrorCode);
    }

    [Fact]
    public async Task Offsets_cannot_be_added_here()
    {
        var request = new AddOffsetsToTxnRequest { TransactionalId = Id, ProducerId = Producer.ProducerId, ProducerEpoch = Producer.Epoch, GroupId = "g" };
        var answer = await _client.AskAsync<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(request, 4);
        Assert.Equal(ErrorCode.NotCoordinator, answer.ErrorCode);
    }

    [Fact]
    public async Task A_transaction_cannot_be_ended_here()
    {
        var request = new EndTxnRequest { TransactionalId = Id, ProducerId = Producer.ProducerId, ProducerEpoch = Producer.Epoch, Committed = true };
        Assert.Equal(ErrorCode.NotCoordinator, (await _client.AskAsync<EndTxnRequest, EndTxnResponse>(request, 5)).ErrorCode);
    }

    [Fact]
    public async Task A_transaction_cannot_be_described_here()
    {
        var request = new DescribeTransactionsRequest { TransactionalIds = [Id] };
        var answer = await _client.AskAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(request, 0);
        Assert.Equal(ErrorCode.NotCoordinator, answer.TransactionStates[0].ErrorCode);
    }

    [Fact]
    public async Task A_batch_is_to_be_sent_again()
    {
        var answer = await _client.AskAsync<ProduceRequest, ProduceResponse>(WireTransactions.Request(Id, (Topic, Producer)), 12);
        Assert.Equal(ErrorCode.NotEnoughReplicas, answer.Responses[0].PartitionResponses[0].ErrorCode);
    }

    [Fact]
    public async Task Offsets_are_to_be_committed_again()
    {
        var request = new TxnOffsetCommitRequest
        {
            TransactionalId = Id,
            GroupId = "g",
            ProducerId = Producer.ProducerId,
            ProducerEpoch = Producer.Epoch,
            Topics = [new() { Name = Topic, Partitions = [new() { CommittedOffset = 5 }] }],
        };
        var answer = await _client.AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(request, 5);
        Assert.Equal(ErrorCode.CoordinatorNotAvailable, answer.Topics[0].Partitions[0].ErrorCode);
    }
}
