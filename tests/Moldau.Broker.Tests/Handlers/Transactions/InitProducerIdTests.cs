using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Handlers.Transactions;
using Moldau.Broker.Hosting;
using Moldau.Broker.Tests.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.TestKit;

namespace Moldau.Broker.Tests.Handlers.Transactions;

public sealed class InitProducerIdTests
{
    private readonly SimulatedDisk _disk = new(seed: 5);
    private readonly StoredCluster _cluster;

    public InitProducerIdTests()
    {
        _disk.CreateDirectory("/data");
        _cluster = new StoredCluster { Files = _disk };
    }

    [Theory]
    [InlineData(null)]
    [InlineData("x")]
    public async Task A_producer_for_whose_id_the_metadata_has_no_room_is_told_to_ask_again(string? transactionalId)
    {
        await using var storage = await _cluster.OpenAsync();
        await using var coordinators = new BrokerCoordinators(storage, _cluster.Time, NullLoggerFactory.Instance);
        Assert.Equal(ErrorCode.None, await coordinators.Transactions.EnsureTopicAsync());
        var handler = new InitProducerId(coordinators.Transactions, storage.ProducerIds);

        _disk.IsFull = path => path.StartsWith(StoredCluster.MetadataPath, StringComparison.Ordinal);
        Assert.Equal((ErrorCode.CoordinatorLoadInProgress, -1L, -1), await AskAsync());
        _disk.IsFull = null;
        Assert.Equal((ErrorCode.None, 0L, 0), await AskAsync());

        async Task<(ErrorCode, long, int)> AskAsync()
        {
            var request = new InitProducerIdRequest { TransactionalId = transactionalId, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 };
            var answer = await handler.HandleAsync(new RequestContext { Api = ApiKey.InitProducerId, Version = 4 }, request);
            return (answer!.ErrorCode, answer.ProducerId, answer.ProducerEpoch);
        }
    }
}
