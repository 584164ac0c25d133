using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Hosting;

/// <summary>The logs of an internal topic's partitions, as the cluster's metadata has them.</summary>
internal sealed class InternalTopicLogs(string topic, Func<TopicsImage> topics, Partitions partitions, Func<Task> create)
    : ICoordinatorLogs
{
    private readonly int _baseSequence = topic == TopicNames.TransactionState ? BatchHeader.None : CoordinatorLog.GroupSequence;

    public IReadOnlyList<ICoordinatorLog> Existing =>
        topics().ByName.TryGetValue(topic, out var image) ? [.. image.Partitions.Select(partition => LogOf(partition.Index))] : [];

    public async ValueTask<IReadOnlyList<ICoordinatorLog>> EnsureAsync()
    {
        if (Existing is { Count: > 0 } existing) return existing;
        await create().ConfigureAwait(false);
        return Existing is { Count: > 0 } created
            ? created
            : throw new InvalidOperationException($"The internal topic {topic} was made and cannot be found.");
    }

    private ICoordinatorLog LogOf(int index)
    {
        var error = partitions.Find(topic, index, out var partition);
        return error == ErrorCode.None ? new CoordinatorLog(partition, _baseSequence) : new OfflineLog($"{topic}-{index} is not available: {error}.");
    }

    /// <summary>A partition that is not open: its shard is there, and refuses.</summary>
    private sealed class OfflineLog(string reason) : ICoordinatorLog
    {
        public long EndOffset => 0;

        public int LeaderEpoch => 0;

        public ErrorCode Append(IReadOnlyList<CoordinatorRecord> records, long utcMs) => ErrorCode.KafkaStorageError;

        public bool IsCommitted(long endOffset) => true;

        public ValueTask CommittedAsync(long endOffset) => ValueTask.CompletedTask;

        public IReadOnlyList<(long First, long Last)> Replay(RecordReader read, Action<CoordinatorRecord, long> apply) => throw new LogUnavailableException(reason);

        public ErrorCode DeleteBefore(long offset) => ErrorCode.KafkaStorageError;
    }
}
