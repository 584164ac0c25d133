using Moldau.Broker.Tests.Handlers.Records;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

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
            Assert.Equal(ErrorCode.None, await _transactions.ProduceAsync("t", 0));
            await _transactions.EndAsync(isCommit: false);
        }
        // The next one begins behind the last marker.
        Assert.Equal(ErrorCode.None, await _transactions.ProduceAsync("t", 0));

        for (long transaction = 0; transaction < transactions; transaction++)
        {
            var partition = await FetchAsync(offset: 2 * transaction, bytesMax: 1);
            Assert.NotEqual(0, partition.Records!.Value.Length);
            Assert.Equal([2 * transaction], partition.AbortedTransactions!.Select(aborted => aborted.FirstOffset));
        }
        Assert.Equal(transactions, (await FetchAsync(offset: 0, bytesMax: 1_000_000)).AbortedTransactions!.Count);
    }

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
