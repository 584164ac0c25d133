using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Sharing;

/// <summary>
/// Writes what share groups have given up to their dead-letter queues (KIP-1191). What cannot be written after some attempts is left, with a
/// word to the operator, as Kafka does: a group must not stand still for it.
/// </summary>
internal sealed class DeadLetterQueues(
    BrokerStorage storage, Func<string, GroupDeliveryConfig> configOf, TimeProvider time, ILogger logger, CancellationToken stop)
{
    public const string EnablingKey = "errors.deadletterqueue.group.enable";

    private const int AttemptsMax = 5;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    /// <summary>Completes when the dead letters are durable, or given up. False: the broker stops before all are; its next start writes the others.</summary>
    /// <param name="key">Whose they are.</param>
    /// <param name="letters">What is to be written.</param>
    /// <param name="settle">Has noted which of them are done, before the others are waited for: the next start writes what is not noted.</param>
    public async Task<bool> TryWriteAsync(SharePartitionKey key, IReadOnlyList<DeadLetters> letters, Func<OffsetRange[], Task> settle)
    {
        var pause = FirstPause;
        for (int attempt = 1; ; attempt++)
        {
            var left = await WriteAsync(key, letters, isLastAttempt: attempt == AttemptsMax).ConfigureAwait(false);
            OffsetRange[] settled = [.. Settled(letters, left)];
            if (settled.Length > 0) await settle(settled).ConfigureAwait(false);
            if (left.Count == 0) return true;
            if (stop.IsCancellationRequested) return false;
            letters = left;
            await Task.Delay(pause, time, stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            pause *= 2;
        }
    }

    /// <summary>What is left to be written.</summary>
    private async Task<List<DeadLetters>> WriteAsync(SharePartitionKey key, IReadOnlyList<DeadLetters> letters, bool isLastAttempt)
    {
        var left = new List<DeadLetters>();
        var config = configOf(key.GroupId);
        if (config.DeadLetterTopic is not { } topic) return left; // The group wants none any more.
        foreach (var unwritten in await WriteOnceAsync(key, letters, topic, config.CopiesDeadRecords).ConfigureAwait(false))
        {
            var lot = unwritten.Letters;
            if (stop.IsCancellationRequested || (unwritten.MayBeRepeated && !isLastAttempt)) left.Add(lot);
            else logger.DeadLettersNotWritten(key, lot.Offsets.First, lot.Offsets.Last, topic, unwritten.Reason);
        }
        return left;
    }

    /// <summary>Of each lot what lies before the first offset that is left of it. Lots have no offsets in common.</summary>
    private static IEnumerable<OffsetRange> Settled(IReadOnlyList<DeadLetters> letters, List<DeadLetters> left)
    {
        long[] leftFrom = [.. left.Select(rest => rest.Offsets.First).Order()];
        foreach (var (lot, _, _) in letters)
        {
            int found = Array.BinarySearch(leftFrom, lot.First);
            int next = found < 0 ? ~found : found;
            long end = next < leftFrom.Length ? Math.Min(leftFrom[next], lot.Last + 1) : lot.Last + 1;
            if (end > lot.First) yield return lot with { Last = end - 1 };
        }
    }

    /// <summary>What was not written.</summary>
    private async Task<IReadOnlyList<UnwrittenLetters>> WriteOnceAsync(SharePartitionKey key, IReadOnlyList<DeadLetters> letters, string topic, bool copies)
    {
        try
        {
            if (await RefusalAsync(topic).ConfigureAwait(false) is { } refusal) return None(refusal, mayBeRepeated: false);
            if (storage.Partitions.Find(key.TopicId, key.Partition, out var source) != ErrorCode.None) return []; // Nothing is left of it.
            int partitions = storage.Metadata.Image.Topics.ByName[topic].Partitions.Length;
            var error = storage.Partitions.Find(topic, key.Partition % partitions, out var queue);
            if (error != ErrorCode.None) return None($"the topic refused them with {error}", error == ErrorCode.KafkaStorageError);
            var append = new DeadLetterAppend(key.GroupId, source.Log, queue, new(copies, queue.Rules.BatchBytesMax), NowMs);
            foreach (var lot in letters) append.Append(lot);
            await append.CommittedAsync().ConfigureAwait(false); // Once for all, so that the disk is waited for once.
            return append.Unwritten;
        }
#pragma warning disable CA1031 // Whatever it was: it is said in the log, and the group goes on.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return None(failure.Message, mayBeRepeated: failure is IOException);
        }

        IReadOnlyList<UnwrittenLetters> None(string reason, bool mayBeRepeated) => [.. letters.Select(lot => new UnwrittenLetters(lot, reason, mayBeRepeated))];
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
        created.Configs.Add(new() { Name = "message.timestamp.type", Value = "CreateTime" }); // The letters have their times, whatever the broker's default is.
        request.Topics.Add(created);
        var response = await storage.Topics.CreateAsync(request).ConfigureAwait(false);
        var made = response.Topics[0];
        bool isThere = made.ErrorCode is ErrorCode.None or ErrorCode.TopicAlreadyExists;
        return isThere ? null : $"the topic could not be created: {made.ErrorMessage ?? made.ErrorCode.ToString()}";
    }

    private long NowMs => time.GetUtcNow().ToUnixTimeMilliseconds();
}
