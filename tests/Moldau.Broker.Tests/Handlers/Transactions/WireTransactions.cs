using Moldau.Coordination;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Handlers.Transactions;

/// <summary>A transactional producer at the level of KIP-890: its writes add partitions, each end raises its epoch.</summary>
internal sealed class WireTransactions(WireClient client, string transactionalId)
{
    private const short InitVersion = 4, ProduceVersion = 12, EndVersion = 5;

    /// <summary>More than lies between two entries of the offset index, so that each transaction has one.</summary>
    private const int ValueBytes = 5_000;

    public TransactionalProducer Producer { get; private set; }

    public async Task StartAsync()
    {
        var coordinator = new FindCoordinatorRequest { KeyType = 1, CoordinatorKeys = [transactionalId] };
        await Patiently.UntilAsync(async () => (await client.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(coordinator, 4)).Coordinators[0].ErrorCode == ErrorCode.None);
        var request = new InitProducerIdRequest { TransactionalId = transactionalId, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 };
        var answer = await client.AskAsync<InitProducerIdRequest, InitProducerIdResponse>(request, InitVersion);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        Producer = new TransactionalProducer(answer.ProducerId, answer.ProducerEpoch);
    }

    /// <summary>One record, the first of the producer's epoch in the partition.</summary>
    public async Task<ErrorCode> ProduceAsync(string topic)
    {
        var request = Request(transactionalId, (topic, Producer));
        var error = ErrorCode.None;
        await Patiently.UntilAsync(async () =>
        {
            var answer = await client.AskAsync<ProduceRequest, ProduceResponse>(request, ProduceVersion);
            error = answer.Responses[0].PartitionResponses[0].ErrorCode;
            return error != ErrorCode.ConcurrentTransactions; // The markers of the transaction before are still being written.
        });
        return error;
    }

    /// <summary>One record in the first partition of each topic.</summary>
    public static ProduceRequest Request(string transactionalId, params (string Topic, TransactionalProducer Producer)[] written) => new()
    {
        TransactionalId = transactionalId,
        Acks = -1,
        TimeoutMs = 10_000,
        TopicData =
        [
            .. written.Select(write => new ProduceRequest.TopicProduceData
            {
                Name = write.Topic,
                PartitionData = [new() { Records = Batch(write.Producer) }],
            }),
        ],
    };

    private static byte[] Batch(TransactionalProducer producer)
    {
        using var batch = new BatchBuilder(new BatchOptions
        {
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.Epoch,
            BaseSequence = 0,
            Kind = BatchAttributes.Transactional,
        });
        // Markers have the time of day: beside an old record's they would begin a segment each.
        return batch.Append(TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds(), key: null, new byte[ValueBytes]).BuildArray();
    }

    public async Task EndAsync(bool isCommit)
    {
        var request = new EndTxnRequest
        {
            TransactionalId = transactionalId,
            ProducerId = Producer.ProducerId,
            ProducerEpoch = Producer.Epoch,
            Committed = isCommit,
        };
        var answer = await client.AskAsync<EndTxnRequest, EndTxnResponse>(request, EndVersion);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        Producer = new TransactionalProducer(answer.ProducerId, answer.ProducerEpoch);
    }

    /// <summary>The topics of the transaction that is open.</summary>
    public async Task<List<string>> TopicsAsync()
    {
        var request = new DescribeTransactionsRequest { TransactionalIds = [transactionalId] };
        var answer = await client.AskAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(request, 0);
        return [.. answer.TransactionStates[0].Topics.Select(topic => topic.Topic)];
    }
}
