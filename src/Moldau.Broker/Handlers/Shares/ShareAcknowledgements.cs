using Moldau.Broker.Sharing;
using Moldau.Broker.Topics;
using Moldau.Coordination.Groups;
using Moldau.Coordination.SharePartitions;
using Moldau.Coordination.ShareState;
using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>What a request acknowledges of one partition; null where that is not well-formed.</summary>
internal readonly record struct AcknowledgedPartition(TopicIdPartition At, IReadOnlyList<Acknowledgement>? Acknowledgements);

/// <summary>The acknowledgements of a request, of its own or with a fetch.</summary>
internal sealed class ShareAcknowledgements(Partitions partitions, SharePartitions shares)
{
    /// <summary>
    /// Completes when all are stored or refused, each partition for itself. What is said last of a partition counts, as in Kafka: each of many
    /// changes would be settled over all of its records.
    /// </summary>
    public async Task<Dictionary<TopicIdPartition, ShareOutcome>> ProcessAsync(ShareSessionKey member, IReadOnlyList<AcknowledgedPartition> acknowledged)
    {
        var outcomes = new Dictionary<TopicIdPartition, ShareOutcome>(acknowledged.Count);
        var last = new Dictionary<TopicIdPartition, AcknowledgedPartition>(acknowledged.Count);
        foreach (var partition in acknowledged) last[partition.At] = partition;
        var stored = last.Values.Select(partition => (partition.At, Outcome: ProcessAsync(member, partition))).ToList();
        foreach (var (at, outcome) in stored) outcomes[at] = await outcome.ConfigureAwait(false);
        return outcomes;
    }

    /// <summary>In order and without overlaps but at the ends, each with one type for all its offsets or with one for each.</summary>
    public static IReadOnlyList<Acknowledgement>? Check(IEnumerable<Acknowledgement> acknowledgements, bool renews)
    {
        var most = renews ? AcknowledgeType.Renew : AcknowledgeType.Reject;
        long lastBefore = -1;
        var good = new List<Acknowledgement>();
        foreach (var acknowledgement in acknowledgements)
        {
            var (offsets, types) = acknowledgement;
            bool isInOrder = offsets.First <= offsets.Last && offsets.First >= lastBefore;
            bool isComplete = types.Count == 1 || (types.Count > 0 && types.Count == offsets.Count);
            if (!isInOrder || !isComplete || types.Any(type => type < 0 || type > (sbyte)most)) return null;
            lastBefore = offsets.Last;
            good.Add(acknowledgement);
        }
        return good;
    }

    private Task<ShareOutcome> ProcessAsync(ShareSessionKey member, AcknowledgedPartition acknowledged)
    {
        if (acknowledged.Acknowledgements is not { } acknowledgements) return Task.FromResult(new ShareOutcome(ErrorCode.InvalidRequest));
        var (topic, index) = (acknowledged.At.Topic, acknowledged.At.Partition);
        var error = partitions.Find(topic, index, out _);
        if (error != ErrorCode.None || acknowledgements.Count == 0) return Task.FromResult(new ShareOutcome(error));
        return shares.Find(new SharePartitionKey(member.GroupId, topic, index)) is { } share
            ? share.AcknowledgeAsync(member.MemberId, acknowledgements)
            : Task.FromResult(new ShareOutcome(ErrorCode.UnknownTopicOrPartition));
    }
}
