using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Topics;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>A transaction that nobody ends, under the last epoch of its producer id.</summary>
public sealed class OverdueTransactionTests
{
    private const string Id = "x";

    private readonly StoredCluster _cluster = new() { Properties = { ["transaction.state.log.num.partitions"] = "1" } };

    [Fact]
    public async Task Its_abort_brings_another_producer_id()
    {
        await using var storage = await _cluster.OpenAsync();
        await using (var first = new BrokerCoordinators(storage, _cluster.Time, NullLoggerFactory.Instance))
        {
            Assert.Equal(ErrorCode.None, await first.Transactions.EnsureTopicAsync());
        }
        Assert.Equal(ErrorCode.None, storage.Partitions.Find("__transaction_state", 0, out var partition));
        var open = new Transaction
        {
            Status = TransactionStatus.Ongoing,
            ProducerId = 1_000_000,
            ProducerEpoch = short.MaxValue - 1,
            TimeoutMs = 1_000,
            ClientVersion = TransactionVersions.EpochBump,
        };
        var log = new CoordinatorLog(partition);
        Assert.Equal(ErrorCode.None, log.Append([TransactionRecords.Of(Id, open, TransactionVersions.EpochBump)], utcMs: 0));

        await using var coordinators = new BrokerCoordinators(storage, _cluster.Time, NullLoggerFactory.Instance);
        coordinators.Start();
        DescribeTransactionsResponse.TransactionState? state = null;
        await Patiently.UntilAsync(async () =>
        {
            _cluster.Time.Advance(TimeSpan.FromSeconds(1));
            state = await coordinators.Transactions.AskAsync(
                Id, new DescribeTransaction(Id), error => TransactionDescriptions.Refusal(Id, error), ErrorCode.NotCoordinator);
            return state.TransactionStateValue == nameof(TransactionStatus.CompleteAbort);
        });
        Assert.NotEqual(open.ProducerId, state!.ProducerId);
        Assert.Equal(0, state.ProducerEpoch);
    }
}
