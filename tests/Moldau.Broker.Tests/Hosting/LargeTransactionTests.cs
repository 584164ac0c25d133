using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>A transaction as large as the log of its coordinator takes it.</summary>
public sealed class LargeTransactionTests : IAsyncLifetime
{
    private const string Id = "x";

    private readonly StoredCluster _cluster = new()
    {
        Properties = { ["transaction.state.log.num.partitions"] = "1", ["message.max.bytes"] = "1024" },
    };

    private BrokerStorage _storage = null!;
    private BrokerCoordinators _coordinators = null!;

    public async ValueTask InitializeAsync()
    {
        _storage = await _cluster.OpenAsync();
        _coordinators = new BrokerCoordinators(_storage, _cluster.Time, NullLoggerFactory.Instance);
        _coordinators.Start();
        Assert.Equal(ErrorCode.None, await _coordinators.Transactions.EnsureTopicAsync());
    }

    public async ValueTask DisposeAsync()
    {
        await _coordinators.DisposeAsync();
        await _storage.DisposeAsync();
    }

    [Fact]
    public Task A_transaction_that_takes_no_further_partition_is_not_told_as_a_batch_that_is_too_large() => FillAsync();

    [Fact]
    public async Task A_transaction_that_takes_no_further_partition_can_be_ended()
    {
        var producer = await FillAsync();
        var end = new EndTransaction(Id, producer, IsCommit: true) { ClientVersion = TransactionVersions.EpochBump };
        Assert.Equal(ErrorCode.None, (await AskAsync(end, TransactionEnding.Refusal)).ErrorCode);
        await ReachAsync(TransactionStatus.CompleteCommit);
    }

    [Fact]
    public async Task A_transaction_that_takes_no_further_partition_can_be_fenced()
    {
        await FillAsync();
        Assert.Equal(ErrorCode.ConcurrentTransactions, (await InitializeAsync(ProducerInitialization.Refusal)).ErrorCode);
        await ReachAsync(TransactionStatus.CompleteAbort);
    }

    /// <summary>Adds partitions until one is refused. Each takes as many bytes as the end has more to say.</summary>
    private async Task<TransactionalProducer> FillAsync()
    {
        var started = await InitializeAsync(ProducerInitialization.Refusal);
        var producer = new TransactionalProducer(started.ProducerId, started.ProducerEpoch);
        var error = ErrorCode.None;
        for (int index = 0; error == ErrorCode.None; index++)
        {
            var added = await AskAsync(new AddPartitions(Id, producer, [new TopicPartition("t", index)]), refused => new PartitionsInTransaction(refused));
            error = added.Error;
        }
        Assert.Equal(ErrorCode.UnknownServerError, error);
        return producer;
    }

    private Task<InitProducerIdResponse> InitializeAsync(Func<ErrorCode, InitProducerIdResponse> refuse) => AskAsync(
        new InitProducerIdRequest { TransactionalId = Id, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 }, refuse);

    private Task ReachAsync(TransactionStatus status) => Patiently.UntilAsync(async () =>
        (await AskAsync(new DescribeTransaction(Id), error => TransactionDescriptions.Refusal(Id, error))).TransactionStateValue == status.ToString());

    private async Task<TAnswer> AskAsync<TAnswer>(object request, Func<ErrorCode, TAnswer> refuse) where TAnswer : class =>
        await _coordinators.Transactions.AskAsync(Id, request, refuse, ErrorCode.NotCoordinator);
}
