using Moldau.Broker.Handlers.Transactions;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Transactions;

public sealed class WriteTxnMarkersTests : IAsyncLifetime
{
    private RunningBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    [Fact]
    public async Task A_partition_of_offsets_whose_coordinator_is_not_there_has_no_leader_for_markers()
    {
        var coordinators = _broker.Services.Coordinators;
        Assert.Equal(ErrorCode.None, await coordinators.Groups.EnsureTopicAsync());
        await coordinators.Groups.StopAsync();
        var request = new WriteTxnMarkersRequest
        {
            Markers = [new() { ProducerId = 9, TransactionResult = true, Topics = [new() { Name = TopicNames.ConsumerOffsets, PartitionIndexes = [0] }] }],
        };
        var context = new RequestContext { Api = ApiKey.WriteTxnMarkers, Version = 1 };
        var answer = await new WriteTxnMarkers(coordinators.Markers).HandleAsync(context, request);
        Assert.Equal(ErrorCode.NotLeaderOrFollower, answer!.Markers[0].Topics[0].Partitions[0].ErrorCode);
    }
}
