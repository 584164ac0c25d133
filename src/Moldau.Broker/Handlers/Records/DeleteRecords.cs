using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using DeleteRecordsPartition = Moldau.Protocol.Messages.DeleteRecordsRequest.DeleteRecordsPartition;
using DeleteRecordsPartitionResult = Moldau.Protocol.Messages.DeleteRecordsResponse.DeleteRecordsPartitionResult;

namespace Moldau.Broker.Handlers.Records;

/// <summary>DeleteRecords (key 21), v0-v2. Moves the start of a log up; offset -1 stands for all that is committed.</summary>
internal sealed class DeleteRecords(Partitions partitions) : IHandler<DeleteRecordsRequest, DeleteRecordsResponse>
{
    private const long HighWatermark = -1;

    public async ValueTask<DeleteRecordsResponse?> HandleAsync(RequestContext context, DeleteRecordsRequest request)
    {
        var moved = new List<(PartitionLog Log, DeleteRecordsPartitionResult Answer)>();
        var response = Answer(request, (topic, wanted) => Delete(topic, wanted, moved));
        foreach (var (log, answer) in moved)
        {
            // What is gone must stay gone, also after a power cut.
            if (await log.StartWrittenAsync().ConfigureAwait(false)) continue;
            answer.ErrorCode = ErrorCode.KafkaStorageError;
            answer.LowWatermark = -1;
        }
        return response;
    }

    public DeleteRecordsResponse Refuse(RequestContext context, DeleteRecordsRequest request, ErrorCode error) =>
        Answer(request, (_, wanted) => Failed(wanted, error));

    private static DeleteRecordsResponse Answer(
        DeleteRecordsRequest request, Func<string, DeleteRecordsPartition, DeleteRecordsPartitionResult> delete) => new()
        {
            // A topic without partitions asks for nothing and is not answered.
            Topics = [.. request.Topics.Where(topic => topic.Partitions.Count > 0).GroupBy(topic => topic.Name, topic => topic.Partitions).Select(entries => new DeleteRecordsResponse.DeleteRecordsTopicResult
            {
                Name = entries.Key,
                // A partition that is named more than once is answered once; the last entry counts.
                Partitions = [.. entries.SelectMany(partitions => partitions).GroupBy(wanted => wanted.PartitionIndex).Select(same => delete(entries.Key, same.Last()))],
            })],
        };

    private static DeleteRecordsPartitionResult Failed(DeleteRecordsPartition wanted, ErrorCode error) =>
        new() { PartitionIndex = wanted.PartitionIndex, LowWatermark = -1, ErrorCode = error };

    private DeleteRecordsPartitionResult Delete(
        string topic, DeleteRecordsPartition wanted, List<(PartitionLog Log, DeleteRecordsPartitionResult Answer)> moved)
    {
        if (TopicNames.IsInternal(topic)) return Failed(wanted, ErrorCode.InvalidTopicException);
        var error = partitions.Find(topic, wanted.PartitionIndex, out var partition);
        if (error != ErrorCode.None) return Failed(wanted, error);
        if (partition.Config.CleanupPolicy == CleanupPolicies.Compact) return Failed(wanted, ErrorCode.PolicyViolation);
        long offset = wanted.Offset == HighWatermark ? partition.Log.HighWatermark : wanted.Offset;
        error = offset < 0 ? ErrorCode.OffsetOutOfRange : partition.Log.DeleteRecordsBefore(offset);
        if (error != ErrorCode.None) return Failed(wanted, error);
        var answer = new DeleteRecordsPartitionResult { PartitionIndex = wanted.PartitionIndex, LowWatermark = partition.Log.LogStartOffset };
        moved.Add((partition.Log, answer));
        return answer;
    }
}
