using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Handlers.Transactions;
using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handlers.Records;

/// <summary>Transactional batches of a producer that something befalls between two looks at it.</summary>
public sealed class ProduceTransactionsTests : IAsyncLifetime
{
    private const string Topic = "t";

    private static readonly TransactionalProducer Producer = new(ProducerId: 9, Epoch: 0);
    private static readonly RequestContext Context = new() { Api = ApiKey.Produce, Version = 12 };

    private RunningBroker _broker = null!;
    private Partition _partition = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);
        await StoredCluster.CreateAsync(_broker.Services.Storage, Topic);
        Assert.Equal(ErrorCode.None, _broker.Services.Partitions.Find(Topic, 0, out _partition));
    }

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    [Theory]
    [InlineData(1)]
    [InlineData(0)]
    public void A_batch_whose_transaction_ends_while_its_request_is_under_way_is_told_of_the_epoch_before_the_transaction(short epochOfEnd)
    {
        Append(Data(sequence: 0), AppendOrigin.Client);
        var request = Request(Data(sequence: 1));
        var begun = ProduceTransactions.Begun(Context, request, _broker.Services);
        Assert.Null(begun);
        using var marker = MarkerBatch.Of(Producer with { Epoch = epochOfEnd }, new TransactionEnd(IsCommit: false, CoordinatorEpoch: 0), utcMs: 0);
        Append(marker.BuildArray(), AppendOrigin.Coordinator);
        var told = epochOfEnd > Producer.Epoch ? ErrorCode.InvalidProducerEpoch : ErrorCode.InvalidTxnState;
        Assert.Equal(told, ProduceTransactions.Check(begun, request.TopicData[0].PartitionData[0], _partition, out _));
    }

    [Fact]
    public async Task A_batch_whose_coordinator_is_not_there_is_not_overtaken_by_the_next()
    {
        var transactions = _broker.Services.Coordinators.Transactions;
        Assert.Equal(ErrorCode.None, await transactions.EnsureTopicAsync());
        await transactions.StopAsync();
        var request = Request(Data(sequence: 0));
        var begun = ProduceTransactions.Begun(new RequestContext { Api = ApiKey.Produce, Version = 11 }, request, _broker.Services);
        await begun!.AskAsync(new TransactionVerifier(_broker.Services));
        Assert.Equal(ErrorCode.NotEnoughReplicas, ProduceTransactions.Check(begun, request.TopicData[0].PartitionData[0], _partition, out _));
        var next = _partition.Log.Append(Data(sequence: 1), new AppendContext { LeaderEpoch = 0 });
        Assert.Equal(ErrorCode.OutOfOrderSequenceNumber, next.Error);
    }

    private void Append(byte[] batch, AppendOrigin origin) =>
        Assert.Equal(ErrorCode.None, _partition.Log.Append(batch, new AppendContext { LeaderEpoch = 0, Origin = origin }).Error);

    private static byte[] Data(int sequence)
    {
        using var batch = new BatchBuilder(new BatchOptions
        {
            ProducerId = Producer.ProducerId,
            ProducerEpoch = Producer.Epoch,
            BaseSequence = sequence,
            Kind = BatchAttributes.Transactional,
        });
        return batch.Append(0, key: null, new byte[10]).BuildArray();
    }

    private static ProduceRequest Request(byte[] batch) => new()
    {
        TransactionalId = "x",
        Acks = -1,
        TopicData = [new() { Name = Topic, PartitionData = [new() { Index = 0, Records = batch }] }],
    };
}
