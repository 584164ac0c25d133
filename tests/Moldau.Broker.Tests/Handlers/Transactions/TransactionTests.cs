using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Topic = Moldau.Protocol.Messages.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;

namespace Moldau.Broker.Tests.Handlers.Transactions;

/// <summary>Transactions of a whole broker in memory, over its socket.</summary>
public sealed class TransactionTests : IAsyncLifetime
{
    private const string Id = "x";

    private KafkaBroker _broker = null!;
    private TestProducer _topic = null!;
    private WireClient _client = null!;
    private WireTransactions _transactions = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions());
        _topic = await TestProducer.StartAsync(_broker, "t", partitions: 1);
        _client = WireClient.To(_broker);
        _transactions = new WireTransactions(_client, Id);
        await _transactions.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        _topic.Dispose();
        await _broker.DisposeAsync();
    }

    [Fact]
    public async Task A_fetch_names_the_aborted_transactions_of_what_it_returns_and_no_others()
    {
        const int transactions = 20;
        for (int i = 0; i < transactions; i++)
        {
            Assert.Equal(ErrorCode.None, await _transactions.ProduceAsync("t"));
            await _transactions.EndAsync(isCommit: false);
        }
        // The next one begins behind the last marker.
        Assert.Equal(ErrorCode.None, await _transactions.ProduceAsync("t"));

        for (long transaction = 0; transaction < transactions; transaction++)
        {
            var partition = await FetchAsync(offset: 2 * transaction, bytesMax: 1);
            Assert.NotEqual(0, partition.Records!.Value.Length);
            Assert.Equal([2 * transaction], partition.AbortedTransactions!.Select(aborted => aborted.FirstOffset));
        }
        Assert.Equal(transactions, (await FetchAsync(offset: 0, bytesMax: 1_000_000)).AbortedTransactions!.Count);
    }

    [Theory]
    [InlineData("__consumer_offsets")]
    [InlineData("__transaction_state")]
    [InlineData("__share_group_state")]
    public async Task A_client_cannot_add_an_internal_topic(string topic)
    {
        var request = new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = Id,
            V3AndBelowProducerId = _transactions.Producer.ProducerId,
            V3AndBelowProducerEpoch = _transactions.Producer.Epoch,
            V3AndBelowTopics = [Named(topic), Named("t"), Named("absent")],
        };
        var answer = await _client.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, 3);
        Assert.Equal(
            [ErrorCode.TopicAuthorizationFailed, ErrorCode.OperationNotAttempted, ErrorCode.UnknownTopicOrPartition],
            answer.ResultsByTopicV3AndBelow.Select(result => result.ResultsByPartition[0].PartitionErrorCode));
        Assert.Empty(await _transactions.TopicsAsync());
    }

    [Fact]
    public async Task Nobody_can_add_the_topic_of_a_coordinator_that_keeps_no_offsets()
    {
        var request = new AddPartitionsToTxnRequest
        {
            Transactions = [new()
            {
                TransactionalId = Id,
                ProducerId = _transactions.Producer.ProducerId,
                ProducerEpoch = _transactions.Producer.Epoch,
                Topics = [Named("__transaction_state"), Named("t")],
            }],
        };
        var answer = await _client.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, 4);
        Assert.Equal(
            [ErrorCode.TopicAuthorizationFailed, ErrorCode.OperationNotAttempted],
            answer.ResultsByTransaction[0].TopicResults.Select(result => result.ResultsByPartition[0].PartitionErrorCode));
        Assert.Empty(await _transactions.TopicsAsync());
    }

    [Fact]
    public async Task A_partition_that_does_not_exist_cannot_be_verified_and_the_others_are_not_beside_it()
    {
        Assert.Equal(ErrorCode.None, await _transactions.ProduceAsync("t"));
        var request = new AddPartitionsToTxnRequest
        {
            Transactions = [new()
            {
                TransactionalId = Id,
                ProducerId = _transactions.Producer.ProducerId,
                ProducerEpoch = _transactions.Producer.Epoch,
                VerifyOnly = true,
                Topics = [new() { Name = "t", Partitions = [0, 1] }],
            }],
        };
        var answer = await _client.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, 5);
        Assert.Equal(
            [(0, ErrorCode.OperationNotAttempted), (1, ErrorCode.UnknownTopicOrPartition)],
            answer.ResultsByTransaction[0].TopicResults[0].ResultsByPartition.Select(result => (result.PartitionIndex, result.PartitionErrorCode)));
    }

    [Fact]
    public async Task An_empty_transactional_id_is_told_where_nothing_is_wrong_with_the_partitions()
    {
        Assert.Equal([ErrorCode.InvalidRequest], await AddAsync("t"));
        Assert.Equal([ErrorCode.OperationNotAttempted, ErrorCode.UnknownTopicOrPartition], await AddAsync("t", "absent"));

        async Task<ErrorCode[]> AddAsync(params string[] topics)
        {
            var request = new AddPartitionsToTxnRequest { V3AndBelowTopics = [.. topics.Select(Named)] };
            var answer = await _client.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, 3);
            return [.. answer.ResultsByTopicV3AndBelow.Select(result => result.ResultsByPartition[0].PartitionErrorCode)];
        }
    }

    [Fact]
    public async Task A_batch_that_an_internal_topic_refuses_adds_nothing_to_its_transaction()
    {
        Assert.Equal(ErrorCode.InvalidTopicException, await _transactions.ProduceAsync("__transaction_state"));
        Assert.Empty(await _transactions.TopicsAsync());
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public async Task A_request_with_transactional_batches_of_two_producers_is_refused_as_a_whole(int otherId, short otherEpoch)
    {
        using var other = await TestProducer.StartAsync(_broker, "u", partitions: 1);
        var own = _transactions.Producer;
        var request = WireTransactions.Request(Id, ("t", own), ("u", new(own.ProducerId + otherId, (short)(own.Epoch + otherEpoch))));
        var answer = await _client.AskAsync<ProduceRequest, ProduceResponse>(request, 12);
        Assert.Equal(
            [ErrorCode.InvalidProducerIdMapping, ErrorCode.InvalidProducerIdMapping],
            answer.Responses.Select(topic => topic.PartitionResponses[0].ErrorCode));
        Assert.Empty(await _transactions.TopicsAsync());
    }

    private static Topic Named(string name) => new() { Name = name, Partitions = [0] };

    private async Task<FetchResponse.PartitionData> FetchAsync(long offset, int bytesMax)
    {
        const sbyte readCommitted = 1;
        var request = new FetchRequest
        {
            MaxBytes = bytesMax,
            IsolationLevel = readCommitted,
            SessionEpoch = -1,
            Topics = [new() { Topic = "t", Partitions = [new() { FetchOffset = offset, PartitionMaxBytes = 1_000_000 }] }],
        };
        var answer = await _client.AskAsync<FetchRequest, FetchResponse>(request, 12);
        return answer.Responses[0].Partitions[0];
    }
}
