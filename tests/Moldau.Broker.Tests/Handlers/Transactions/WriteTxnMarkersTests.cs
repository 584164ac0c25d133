using Moldau.Broker.Handlers.Transactions;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Transactions;

public sealed class WriteTxnMarkersTests : IAsyncLifetime
{
    private const string Topic = "t";

    private RunningBroker _broker = null!;

    public async ValueTask InitializeAsync()
    {
        _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);
        await StoredCluster.CreateAsync(_broker.Services.Storage, Topic, partitions: 2);
    }

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    [Fact]
    public async Task A_partition_of_offsets_whose_coordinator_is_not_there_has_no_leader_for_markers()
    {
        var groups = _broker.Services.Groups;
        Assert.Equal(ErrorCode.None, await groups.EnsureTopicAsync());
        await groups.StopAsync();
        Assert.Equal(["9: __consumer_offsets-0 NotLeaderOrFollower"], await WriteAsync(Marker(producerId: 9, epoch: 0, (TopicNames.ConsumerOffsets, 0))));
    }

    [Fact]
    public async Task A_partition_whose_log_is_not_open_is_not_known()
    {
        var topic = _broker.Services.Metadata.Image.Topics.ByName[Topic];
        Assert.Equal(ErrorCode.None, _broker.Services.Partitions.Find(Topic, 0, out var open));
        _broker.Services.Partitions.Put(topic, [open, null]);
        Assert.Equal(["9: t-0 None, t-1 UnknownTopicOrPartition"], await WriteAsync(Marker(producerId: 9, epoch: 0, (Topic, 0), (Topic, 1))));
    }

    [Fact]
    public async Task The_markers_of_a_producer_are_answered_in_one_place_and_the_last_one_counts()
    {
        string[] told = await WriteAsync(
            Marker(producerId: 9, epoch: 3, (Topic, 0)),
            Marker(producerId: 8, epoch: 0, (Topic, 0)),
            Marker(producerId: 9, epoch: 2, (Topic, 1), (Topic, 0)));
        Assert.Equal(["9: t-0 InvalidProducerEpoch, t-1 None", "8: t-0 None"], told);
    }

    private static WriteTxnMarkersRequest.WritableTxnMarker Marker(long producerId, short epoch, params (string Topic, int Index)[] partitions) => new()
    {
        ProducerId = producerId,
        ProducerEpoch = epoch,
        TransactionResult = true,
        Topics = [.. partitions.Select(partition => new WriteTxnMarkersRequest.WritableTxnMarkerTopic { Name = partition.Topic, PartitionIndexes = [partition.Index] })],
    };

    /// <summary>What is answered, a line for each producer.</summary>
    private async Task<string[]> WriteAsync(params WriteTxnMarkersRequest.WritableTxnMarker[] markers)
    {
        var context = new RequestContext { Api = ApiKey.WriteTxnMarkers, Version = 1 };
        var answer = await new WriteTxnMarkers(_broker.Services.Coordinators.Markers).HandleAsync(context, new() { Markers = [.. markers] });
        return
        [
            .. from producer in answer!.Markers
               let partitions = from topic in producer.Topics
                                from partition in topic.Partitions
                                select $"{topic.Name}-{partition.PartitionIndex} {partition.ErrorCode}"
               select $"{producer.ProducerId}: {string.Join(", ", partitions)}",
        ];
    }
}
