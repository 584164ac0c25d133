using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Share;

/// <summary>Whoever waits for what comes of an effect, and what he asked.</summary>
internal readonly record struct WaitingRequest(ReplyToken Token, object Request);

/// <summary>Something that the share coordinator is to do about partitions of a group.</summary>
internal abstract record ShareStateEffect(string GroupId) : Effect
{
    /// <summary>Null where nobody waits.</summary>
    public WaitingRequest? Waiting { get; init; }

    public abstract IEnumerable<TopicIdPartition> Partitions { get; }
}

/// <summary>The share coordinator is to begin partitions, or to begin them anew; from offsets that may be left to their leaders (-1).</summary>
internal sealed record InitializeShareStates(string GroupId, int StateEpoch, IReadOnlyDictionary<TopicIdPartition, long> StartOffsets)
    : ShareStateEffect(GroupId)
{
    /// <summary>Partitions that have state keep it: this may be asked for more than once, and members may have them meanwhile.</summary>
    public bool KeepsFormer { get; init; }

    public override IEnumerable<TopicIdPartition> Partitions => StartOffsets.Keys;
}

/// <summary>The share coordinator is to forget partitions.</summary>
internal sealed record DeleteShareStates(string GroupId, IReadOnlyCollection<TopicIdPartition> States) : ShareStateEffect(GroupId)
{
    public override IEnumerable<TopicIdPartition> Partitions => States;
}

/// <summary>What came of an effect: an error for each partition with which it could not be done.</summary>
internal sealed record ShareStatesSettled(ShareStateEffect Effect, IReadOnlyDictionary<TopicIdPartition, ErrorCode> Errors) : GroupInput
{
    public ErrorCode ErrorOf(TopicIdPartition partition) => Errors.GetValueOrDefault(partition);
}

/// <summary>A request to describe one share group; answered by a <see cref="ShareGroupDescribeResponse.DescribedGroup"/>.</summary>
internal sealed record DescribeShareGroup(string GroupId);

/// <summary>A request for the partitions of which a share group has state; answered by a <see cref="SharedTopics"/>.</summary>
internal sealed record ListSharePartitions(string GroupId);
