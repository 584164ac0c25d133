using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Coordination.Transactions;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>Markers that are written once more, after a restart or a failure.</summary>
public sealed class TransactionMarkersTests : IAsyncLifetime
{
    private const string Topic = "t";

    private static readonly TransactionalProducer Producer = new(ProducerId: 9, Epoch: 0);

    private RunningBroker _broker = null!;
    private Partition _partition = null!;

    private PartitionLog Log => _partition.Log;

    public async ValueTask InitializeAsync()
    {
        _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);
        await StoredCluster.CreateAsync(_broker.Services.Storage, Topic);
        Assert.Equal(ErrorCode.None, _broker.Services.Partitions.Find(Topic, 0, out _partition));
    }

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    [Fact]
    public async Task A_marker_that_raises_the_epoch_is_not_written_again()
    {
        Append(Producer.Epoch, ended: 0);
        for (int attempt = 0; attempt < 2; attempt++) await WriteAsync(epoch: 1, raisesEpoch: true);
        Assert.Equal((2L, 2L), (Log.LogEndOffset, Log.LastStableOffset));
    }

    [Fact]
    public async Task A_marker_in_an_epoch_that_stays_is_written_again_and_keeps_out_what_was_let_in_before_it()
    {
        await WriteAsync(Producer.Epoch, raisesEpoch: false);
        long asked = Log.TransactionOf(Producer.ProducerId).Ended;
        await WriteAsync(Producer.Epoch, raisesEpoch: false);
        Assert.Equal(2, Log.LogEndOffset);
        Assert.Equal(ErrorCode.InvalidTxnState, TryAppend(Producer.Epoch, asked));
    }

    [Fact]
    public async Task A_transaction_under_the_largest_epoch_is_ended_in_it()
    {
        Append(short.MaxValue, ended: 0);
        for (int attempt = 0; attempt < 2; attempt++) await WriteAsync(short.MaxValue, raisesEpoch: true);
        Assert.Equal((2L, 2L), (Log.LogEndOffset, Log.LastStableOffset));
    }

    private async Task WriteAsync(short epoch, bool raisesEpoch)
    {
        var effect = new WriteMarkers("x", Producer with { Epoch = epoch }, IsCommit: false)
        {
            Partitions = [new TopicPartition(Topic, 0)],
            RaisesEpoch = raisesEpoch,
            Number = 1,
        };
        Assert.Equal(ErrorCode.None, await _broker.Services.Coordinators.Markers.WriteAsync(effect, coordinatorEpoch: 0));
    }

    private void Append(short epoch, long ended) => Assert.Equal(ErrorCode.None, TryAppend(epoch, ended));

    private ErrorCode TryAppend(short epoch, long ended)
    {
        using var batch = new BatchBuilder(new BatchOptions
        {
            ProducerId = Producer.ProducerId,
            ProducerEpoch = epoch,
            BaseSequence = 0,
            Kind = BatchAttributes.Transactional,
        });
        byte[] bytes = batch.Append(0, key: null, new byte[10]).BuildArray();
        return Log.Append(bytes, new AppendContext { LeaderEpoch = 0, TransactionsEnded = ended }).Error;
    }
}
