using Moldau.Broker.Hosting;
using Moldau.Coordination;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using MarkerResult = Moldau.Protocol.Messages.WriteTxnMarkersResponse.WritableTxnMarkerResult;
using PartitionResult = Moldau.Protocol.Messages.WriteTxnMarkersResponse.WritableTxnMarkerPartitionResult;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>
/// WriteTxnMarkers (key 27), v1-v2. The coordinator of this broker needs no request for its markers; this is for an admin who ends a hanging
/// transaction. From v2 on the marker may say that it raises the epoch, which it then must.
/// </summary>
internal sealed class WriteTxnMarkers(TransactionMarkers markers) : IHandler<WriteTxnMarkersRequest, WriteTxnMarkersResponse>
{
    public async ValueTask<WriteTxnMarkersResponse?> HandleAsync(RequestContext context, WriteTxnMarkersRequest request)
    {
        var response = new WriteTxnMarkersResponse();
        foreach (var marker in request.Markers)
        {
            var result = new MarkerResult { ProducerId = marker.ProducerId };
            response.Markers.Add(result);
            foreach (var topic in marker.Topics.GroupBy(topic => topic.Name, topic => topic.PartitionIndexes))
            {
                // A partition that is named again has its marker.
                var written = topic.SelectMany(indexes => indexes).Distinct().Select(index => WriteAsync(marker, new TopicPartition(topic.Key, index)));
                var partitions = await Task.WhenAll(written).ConfigureAwait(false);
                result.Topics.Add(new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult { Name = topic.Key, Partitions = [.. partitions] });
            }
        }
        return response;
    }

    public WriteTxnMarkersResponse Refuse(RequestContext context, WriteTxnMarkersRequest request, ErrorCode error) => new()
    {
        Markers = request.Markers.ConvertAll(marker => new MarkerResult
        {
            ProducerId = marker.ProducerId,
            Topics = marker.Topics.ConvertAll(topic => new WriteTxnMarkersResponse.WritableTxnMarkerTopicResult
            {
                Name = topic.Name,
                Partitions = topic.PartitionIndexes.ConvertAll(index => new PartitionResult { PartitionIndex = index, ErrorCode = error }),
            }),
        }),
    };

    private async Task<PartitionResult> WriteAsync(WriteTxnMarkersRequest.WritableTxnMarker marker, TopicPartition partition)
    {
        var end = new TransactionEnd(marker.TransactionResult, marker.CoordinatorEpoch)
        {
            RaisesEpoch = marker.TransactionVersion >= TransactionVersions.EpochBump,
        };
        var producer = new TransactionalProducer(marker.ProducerId, marker.ProducerEpoch);
        var error = await markers.WriteAsync(partition, producer, end).ConfigureAwait(false);
        return new PartitionResult { PartitionIndex = partition.Partition, ErrorCode = TransactionErrors.OfMarker(error) };
    }
}
