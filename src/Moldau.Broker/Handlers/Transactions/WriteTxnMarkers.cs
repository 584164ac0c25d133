using Moldau.Broker.Hosting;
using Moldau.Coordination;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Marker = Moldau.Protocol.Messages.WriteTxnMarkersRequest.WritableTxnMarker;
using MarkerResult = Moldau.Protocol.Messages.WriteTxnMarkersResponse.WritableTxnMarkerResult;
using PartitionResult = Moldau.Protocol.Messages.WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult;
using TopicResult = Moldau.Protocol.Messages.WriteTxnMarkersResponse.WritableTxnMarkerTopicResult;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>
/// WriteTxnMarkers (key 27), v1-v2. The coordinator of this broker needs no request for its markers; this is for an admin who ends a hanging
/// transaction. From v2 on the marker may say that it raises the epoch, which it then must. Answered by producer: what became of the last marker
/// in each partition.
/// </summary>
internal sealed class WriteTxnMarkers(TransactionMarkers markers) : IHandler<WriteTxnMarkersRequest, WriteTxnMarkersResponse>
{
    public async ValueTask<WriteTxnMarkersResponse?> HandleAsync(RequestContext context, WriteTxnMarkersRequest request)
    {
        var errors = new OrderedDictionary<(long ProducerId, TopicPartition Partition), ErrorCode>();
        foreach (var marker in request.Markers)
        {
            var partitions = PartitionsOf(marker);
            var written = await Task.WhenAll(partitions.Select(partition => WriteAsync(marker, partition))).ConfigureAwait(false);
            foreach (var (partition, error) in partitions.Zip(written)) errors[(marker.ProducerId, partition)] = error;
        }
        return Answer(errors);
    }

    public WriteTxnMarkersResponse Refuse(RequestContext context, WriteTxnMarkersRequest request, ErrorCode error)
    {
        var errors = new OrderedDictionary<(long ProducerId, TopicPartition Partition), ErrorCode>();
        foreach (var marker in request.Markers)
        {
            foreach (var partition in PartitionsOf(marker)) errors[(marker.ProducerId, partition)] = error;
        }
        return Answer(errors);
    }

    /// <summary>A partition that is named again has its marker.</summary>
    private static List<TopicPartition> PartitionsOf(Marker marker) =>
        [.. (from topic in marker.Topics from index in topic.PartitionIndexes select new TopicPartition(topic.Name, index)).Distinct()];

    private static WriteTxnMarkersResponse Answer(OrderedDictionary<(long ProducerId, TopicPartition Partition), ErrorCode> errors) => new()
    {
        Markers =
        [
            .. from entry in errors
               group entry by entry.Key.ProducerId into producer
               select new MarkerResult { ProducerId = producer.Key, Topics = TopicsOf(producer) },
        ],
    };

    private static List<TopicResult> TopicsOf(IEnumerable<KeyValuePair<(long ProducerId, TopicPartition Partition), ErrorCode>> errors) =>
    [
        .. from entry in errors
           let partition = entry.Key.Partition
           group new PartitionResult { PartitionIndex = partition.Partition, ErrorCode = entry.Value } by partition.Topic into topic
           select new TopicResult { Name = topic.Key, Partitions = [.. topic] },
    ];

    private async Task<ErrorCode> WriteAsync(Marker marker, TopicPartition partition)
    {
        var end = new TransactionEnd(marker.TransactionResult, marker.CoordinatorEpoch)
        {
            RaisesEpoch = marker.TransactionVersion >= TransactionVersions.EpochBump,
        };
        var producer = new TransactionalProducer(marker.ProducerId, marker.ProducerEpoch);
        return TransactionErrors.OfMarker(await markers.WriteAsync(partition, producer, end).ConfigureAwait(false));
    }
}
