using Moldau.Cli.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Cli.Tests.Clients;

/// <summary>
/// A transactional producer of an older version, that may write without its coordinator's knowledge. What it leaves open then hangs: real client libraries
/// did so by their faults only, and a broker lets it in only where it verifies nothing.
/// </summary>
internal sealed class TransactionalWriter : IDisposable
{
    /// <summary>The last in which a write does not add its partition to the transaction.</summary>
    private const short ProduceVersion = 11, AddVersion = 3, CommitVersion = 2, EndVersion = 3, InitializeVersion = 4;

    private readonly BrokerCall _broker;
    private readonly string _id;
    private int _sequence;

    private TransactionalWriter(BrokerCall broker, string id) => (_broker, _id) = (broker, id);

    public static KeyValuePair<string, string> NoVerification { get; } = new("transaction.partition.verification.enable", "false");

    public long ProducerId { get; private set; }

    public short Epoch { get; private set; }

    public static async Task<TransactionalWriter> StartAsync(TestBroker broker, string id)
    {
        string[] address = broker.Address.Split(':');
        var call = await BrokerCall.ConnectAsync(broker.Connection, address[0], int.Parse(address[1]), TestContext.Current.CancellationToken);
        var writer = new TransactionalWriter(call, id);
        await writer.InitializeAsync();
        return writer;
    }

    public async Task InitializeAsync()
    {
        var request = new InitProducerIdRequest { TransactionalId = _id, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 };
        var started = await AskAsync<InitProducerIdRequest, InitProducerIdResponse>(request, InitializeVersion);
        Assert.Equal(ErrorCode.None, started.ErrorCode);
        (ProducerId, Epoch, _sequence) = (started.ProducerId, started.ProducerEpoch, 0);
    }

    /// <summary>Tells the coordinator that the partition is in the transaction.</summary>
    public async Task AddAsync(string topic, params int[] partitions)
    {
        var request = new AddPartitionsToTxnRequest
        {
            V3AndBelowTransactionalId = _id,
            V3AndBelowProducerId = ProducerId,
            V3AndBelowProducerEpoch = Epoch,
            V3AndBelowTopics = [new() { Name = topic, Partitions = [.. partitions] }],
        };
        var added = await AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(request, AddVersion);
        Assert.All(added.ResultsByTopicV3AndBelow[0].ResultsByPartition, partition => Assert.Equal(ErrorCode.None, partition.PartitionErrorCode));
    }

    /// <summary>One batch, of so many records.</summary>
    public async Task<ErrorCode> WriteAsync(string topic, int partition, int records, DateTimeOffset time)
    {
        var options = new BatchOptions { ProducerId = ProducerId, ProducerEpoch = Epoch, BaseSequence = _sequence, Kind = BatchAttributes.Transactional };
        using var batch = new BatchBuilder(options);
        for (int i = 0; i < records; i++)
        {
            batch.Append(time.ToUnixTimeMilliseconds(), null, "pending"u8.ToArray());
        }

        _sequence += records;
        var request = new ProduceRequest
        {
            TransactionalId = _id,
            Acks = -1,
            TimeoutMs = 10_000,
            TopicData = [new() { Name = topic, PartitionData = [new() { Index = partition, Records = batch.BuildArray() }] }],
        };
        return (await AskAsync<ProduceRequest, ProduceResponse>(request, ProduceVersion)).Responses[0].PartitionResponses[0].ErrorCode;
    }

    /// <summary>An offset that counts with the transaction.</summary>
    public async Task CommitAsync(string group, string topic, int partition, long offset)
    {
        var request = new TxnOffsetCommitRequest
        {
            TransactionalId = _id,
            GroupId = group,
            ProducerId = ProducerId,
            ProducerEpoch = Epoch,
            Topics = [new() { Name = topic, Partitions = [new() { PartitionIndex = partition, CommittedOffset = offset }] }],
        };
        var answer = await AskAsync<TxnOffsetCommitRequest, TxnOffsetCommitResponse>(request, CommitVersion);
        Assert.Equal(ErrorCode.None, answer.Topics[0].Partitions[0].ErrorCode);
    }

    public async Task<ErrorCode> EndAsync(bool commits)
    {
        var request = new EndTxnRequest { TransactionalId = _id, ProducerId = ProducerId, ProducerEpoch = Epoch, Committed = commits };
        return (await AskAsync<EndTxnRequest, EndTxnResponse>(request, EndVersion)).ErrorCode;
    }

    public void Dispose() => _broker.Dispose();

    private Task<TResponse> AskAsync<TRequest, TResponse>(TRequest request, short version)
        where TRequest : IRequest<TRequest>
        where TResponse : IMessage<TResponse> => _broker.AskAsync<TRequest, TResponse>(request, version);
}
