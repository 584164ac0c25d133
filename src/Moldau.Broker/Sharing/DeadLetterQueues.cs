using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Sharing;

/// <summary>
/// Writes what share groups have given up to their dead-letter queues (KIP-1191). What cannot be written after some attempts is left, with a
/// word to the operator, as Kafka does: a group must not stand still for it.
/// </summary>
internal sealed class DeadLetterQueues(BrokerStorage storage, Func<string, GroupDeliveryConfig> configOf, TimeProvider time, ILogger logger)
{
    public const string EnablingKey = "errors.deadletterqueue.group.enable";

    private const int AttemptsMax = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>Completes when the dead letters are durable, or given up.</summary>
    public async Task WriteAsync(SharePartitionKey key, IReadOnlyList<DeadLetters> letters)
    {
        var pause = FirstPause;
        for (int attempt = 1; ; attempt++)
        {
            var config = configOf(key.GroupId);
            if (config.DeadLetterTopic is not { } topic) return; // The group wants none any more.
            var attempted = await TryWriteAsync(key, letters, topic, config.CopiesDeadRecords).ConfigureAwait(false);
            if (attempted.Reason is null) return;
            if (!attempted.MayBeRepeated || attempt == AttemptsMax)
            {
                foreach (var lot in letters) logger.DeadLettersNotWritten(key, lot.Offsets.First, lot.Offsets.Last, topic, attempted.Reason);
                return;
            }
            await Task.Delay(pause, time).ConfigureAwait(false);
            pause *= 2;
        }
    }

    private async Task<(string? Reason, bool MayBeRepeated)> TryWriteAsync(
        SharePartitionKey key, IReadOnlyList<DeadLetters> letters, string topic, bool copies)
    {
        try
        {
            if (await RefusalAsync(topic).ConfigureAwait(false) is { } refusal) return (refusal, false);
            if (storage.Partitions.Find(key.TopicId, key.Partition, out var source) != ErrorCode.None) return (null, false); // Nothing is left of it.
            int partitions = storage.Metadata.Image.Topics.ByName[topic].Partitions.Length;
            var error = storage.Partitions.Find(topic, key.Partition % partitions, out var queue);
            if (error == ErrorCode.None) error = await AppendAsync(key, letters, source.Log, queue, copies).ConfigureAwait(false);
            return error == ErrorCode.None ? (null, false) : ($"the topic refused them with {error}", error == ErrorCode.KafkaStorageError);
        }
#pragma warning disable CA1031 // Whatever it was: it is said in the log, and the group goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return (failure.Message, failure is IOException);
        }
    }

    /// <summary>Why the topic cannot be a dead-letter queue. Whoever may set up a group is not thereby to write into any topic.</summary>
    private async Task<string?> RefusalAsync(string topic)
    {
        var image = storage.Metadata.Image;
        var broker = storage.LiveConfig.Of(image).ShareDelivery;
        if (topic.StartsWith("__", StringComparison.Ordinal)) return "an internal topic is no dead-letter queue";
        if (!topic.StartsWith(broker.DeadLetterPrefix, StringComparison.Ordinal))
            return $"the names of dead-letter queues begin with '{broker.DeadLetterPrefix}' (errors.deadletterqueue.topic.name.prefix)";
        if (!image.Topics.ByName.ContainsKey(topic))
        {
            if (!broker.CreatesDeadLetterTopics) return "the topic does not exist; create it, or set errors.deadletterqueue.auto.create.topics.enable";
            if (await CreateAsync(topic).ConfigureAwait(false) is { } refusal) return refusal;
        }
        string? enabled = storage.Metadata.Image.ConfigOf(ConfigResource.Topic(topic)).GetValueOrDefault(EnablingKey);
        bool isEnabled = enabled is not null && ConfigValue.Canonical(ConfigKeys.Find(ConfigScope.Topic, EnablingKey)!, enabled) == "true";
        return isEnabled ? null : $"the topic does not permit it: set its {EnablingKey}=true";
    }

    private async Task<string?> CreateAsync(string topic)
    {
        var request = new CreateTopicsRequest();
        var created = new CreateTopicsRequest.CreatableTopic { Name = topic, NumPartitions = -1, ReplicationFactor = -1 };
        created.Configs.Add(new() { Name = EnablingKey, Value = "true" });
        request.Topics.Add(created);
        var response = await storage.Topics.CreateAsync(request).ConfigureAwait(false);
        var made = response.Topics[0];
        bool isThere = made.ErrorCode is ErrorCode.None or ErrorCode.TopicAlreadyExists;
        return isThere ? null : $"the topic could not be created: {made.ErrorMessage ?? made.ErrorCode.ToString()}";
    }

    /// <summary>Appends all, and waits for the disk once.</summary>
    private async Task<ErrorCode> AppendAsync(
        SharePartitionKey key, IReadOnlyList<DeadLetters> letters, PartitionLog source, Partition queue, bool copies)
    {
        long endOffset = 0;
        foreach (var lot in letters)
        {
            foreach (var batch in DeadLetterBatches.Of(key.GroupId, lot, source, copies ? queue.Rules.BatchBytesMax : null, NowMs))
            {
                using (batch)
                {
                    var (error, end) = Append(batch, queue);
                    if (error != ErrorCode.None) return error;
                    endOffset = end;
                }
            }
        }
        await queue.Log.CommittedAsync(endOffset).ConfigureAwait(false);
        return ErrorCode.None;
    }

    private (ErrorCode Error, long EndOffset) Append(BatchBuilder batch, Partition queue)
    {
        using var prepared = PreparedBatch.Of(batch.Build(), queue.Rules, NowMs);
        if (!prepared.Verdict.IsGood) return (prepared.Verdict.Error, 0);
        var result = queue.Log.Append(prepared.Bytes, new AppendContext { LeaderEpoch = queue.LeaderEpoch });
        return (result.Error, result.EndOffset);
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();
}
