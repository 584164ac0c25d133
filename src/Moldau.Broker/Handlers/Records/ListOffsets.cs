using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using ListOffsetsPartition = Moldau.Protocol.Messages.ListOffsetsRequest.ListOffsetsPartition;
using ListOffsetsPartitionResponse = Moldau.Protocol.Messages.ListOffsetsResponse.ListOffsetsPartitionResponse;

namespace Moldau.Broker.Handlers.Records;

/// <summary>
/// ListOffsets (key 2), v1-v11. Offsets by time, and by the special times below 0, each of which has a first version. What was appended
/// but is not durable yet is waited for. A partition that the request names more than once, wherever, is refused once.
/// </summary>
internal sealed class ListOffsets(Partitions partitions) : IHandler<ListOffsetsRequest, ListOffsetsResponse>
{
    private const long Latest = -1, Earliest = -2, MaxTimestamp = -3, EarliestLocal = -4, LatestTiered = -5, EarliestPendingUpload = -6;
    private const sbyte ReadCommitted = 1;
    private const int ConsumerReplicaId = -1;

    public async ValueTask<ListOffsetsResponse?> HandleAsync(RequestContext context, ListOffsetsRequest request)
    {
        if (request.IsolationLevel is not (0 or ReadCommitted)) return Refuse(context, request, ErrorCode.UnknownServerError);
        // Only consumers are isolated from what is not committed. Whoever says to be a replica looks at the whole log, as with Kafka.
        var bound = request.ReplicaId != ConsumerReplicaId ? ReadBound.LogEnd
            : request.IsolationLevel == ReadCommitted ? ReadBound.LastStableOffset
            : ReadBound.HighWatermark;
        var named = request.Topics.SelectMany(topic => topic.Partitions.Select(wanted => (topic.Name, wanted.PartitionIndex)));
        var timesNamed = named.CountBy(partition => partition).ToDictionary();
        var topics = new OrderedDictionary<string, List<ListOffsetsPartitionResponse>>(StringComparer.Ordinal);
        foreach (var topic in request.Topics)
        {
            foreach (var wanted in topic.Partitions)
            {
                if (!timesNamed.Remove((topic.Name, wanted.PartitionIndex), out int times)) continue;
                if (!topics.TryGetValue(topic.Name, out var answers)) topics.Add(topic.Name, answers = []);
                answers.Add(times > 1
                    ? Failed(wanted, ErrorCode.InvalidRequest)
                    : await AnswerAsync(context, topic.Name, wanted, bound).ConfigureAwait(false));
            }
        }
        return new ListOffsetsResponse
        {
            Topics = [.. topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse { Name = topic.Key, Partitions = topic.Value })],
        };
    }

    public ListOffsetsResponse Refuse(RequestContext context, ListOffsetsRequest request, ErrorCode error) => new()
    {
        Topics = [.. request.Topics.Select(topic => new ListOffsetsResponse.ListOffsetsTopicResponse
        {
            Name = topic.Name,
            Partitions = [.. topic.Partitions.Select(wanted => Failed(wanted, error))],
        })],
    };

    private static ListOffsetsPartitionResponse Failed(ListOffsetsPartition wanted, ErrorCode error) =>
        new() { PartitionIndex = wanted.PartitionIndex, ErrorCode = error };

    private static short FirstVersionOf(long timestamp) => timestamp switch
    {
        >= Earliest => 1,
        MaxTimestamp => 7,
        EarliestLocal => 8,
        LatestTiered => 9,
        EarliestPendingUpload => 11,
        _ => short.MaxValue,
    };

    private async ValueTask<ListOffsetsPartitionResponse> AnswerAsync(
        RequestContext context, string topic, ListOffsetsPartition wanted, ReadBound bound)
    {
        // Nobody waits for the answer any more, or the broker is about to stop: each partition may cost reading and decompressing a batch.
        if (context.ConnectionClosed.IsCancellationRequested) return Failed(wanted, ErrorCode.NotLeaderOrFollower);
        if (wanted.Timestamp < 0 && context.Version < FirstVersionOf(wanted.Timestamp)) return Failed(wanted, ErrorCode.UnsupportedVersion);
        var error = partitions.Find(topic, wanted.PartitionIndex, out var partition);
        if (error == ErrorCode.None) error = Check(wanted, partition);
        if (error != ErrorCode.None) return Failed(wanted, error);
        try
        {
            await partition.Log.SettledAsync().ConfigureAwait(false);
        }
        catch (LogOfflineException)
        {
            return Failed(wanted, ErrorCode.KafkaStorageError);
        }
        return Answer(wanted, partition, bound);
    }

    private static ListOffsetsPartitionResponse Answer(ListOffsetsPartition wanted, Partition partition, ReadBound bound)
    {
        try
        {
            var found = Find(wanted.Timestamp, partition, bound);
            return new()
            {
                PartitionIndex = wanted.PartitionIndex,
                Timestamp = found.TimestampMs,
                Offset = found.Offset,
                LeaderEpoch = found.LeaderEpoch,
            };
        }
        catch (IOException)
        {
            return Failed(wanted, ErrorCode.KafkaStorageError);
        }
    }

    private static ErrorCode Check(ListOffsetsPartition wanted, Partition partition)
    {
        if (wanted.CurrentLeaderEpoch == -1 || wanted.CurrentLeaderEpoch == partition.LeaderEpoch) return ErrorCode.None;
        return wanted.CurrentLeaderEpoch > partition.LeaderEpoch ? ErrorCode.UnknownLeaderEpoch : ErrorCode.FencedLeaderEpoch;
    }

    private static TimestampAndOffset Find(long timestamp, Partition partition, ReadBound bound)
    {
        var log = partition.Log;
        var nothing = new TimestampAndOffset(-1, -1, -1);
        return timestamp switch
        {
            Latest => new(-1, log.OffsetOf(bound), partition.LeaderEpoch),
            Earliest or EarliestLocal => new(-1, log.LogStartOffset, EpochOf(log, log.LogStartOffset, partition)),
            MaxTimestamp => log.OffsetForMaxTimestamp(bound) ?? nothing,
            LatestTiered or EarliestPendingUpload => nothing,
            _ => log.OffsetForTimestamp(timestamp, bound) ?? nothing,
        };
    }

    private static int EpochOf(PartitionLog log, long offset, Partition partition) =>
        log.LeaderEpochOf(offset) is >= 0 and var epoch ? epoch : partition.LeaderEpoch;
}
