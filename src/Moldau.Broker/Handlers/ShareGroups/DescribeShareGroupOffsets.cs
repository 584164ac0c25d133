using Moldau.Broker.Handlers.Groups;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Answer = Moldau.Protocol.Messages.DescribeShareGroupOffsetsResponse;
using Asked = Moldau.Protocol.Messages.DescribeShareGroupOffsetsRequest;

namespace Moldau.Broker.Handlers.ShareGroups;

/// <summary>
/// DescribeShareGroupOffsets (key 90), v0-v1. Where share groups begin in the given partitions, or in all that they have. v1 tells how many
/// records they have still to do.
/// </summary>
internal sealed class DescribeShareGroupOffsets(ShareOffsets offsets, Func<ClusterImage> image)
    : IHandler<DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse>
{
    /// <summary>Asked for at the same time: a shard has room for a bounded number of requests, and others want theirs.</summary>
    private const int AtOnce = 100;

    public async ValueTask<Answer?> HandleAsync(RequestContext context, Asked request)
    {
        if (!GroupProtocol.Share.IsOn(image())) return Refuse(context, request, ErrorCode.UnsupportedVersion);
        var response = new Answer();
        // A group that is named twice is described once, since it may have many partitions; the last entry counts.
        foreach (var group in request.Groups.GroupBy(group => group.GroupId).Select(entries => entries.Last()))
            response.Groups.Add(await DescribeAsync(context, group).ConfigureAwait(false));
        return response;
    }

    public Answer Refuse(RequestContext context, Asked request, ErrorCode error) =>
        new() { Groups = request.Groups.ConvertAll(group => Refusal(group.GroupId, error)) };

    private async Task<Answer.DescribeShareGroupOffsetsResponseGroup> DescribeAsync(RequestContext context, Asked.DescribeShareGroupOffsetsRequestGroup group)
    {
        if (group.GroupId.Length == 0) return Refusal(group.GroupId, ErrorCode.UnknownServerError, "The request names no group.");
        var described = new Answer.DescribeShareGroupOffsetsResponseGroup { GroupId = group.GroupId };
        foreach (var topic in group.Topics is null ? await AllOfAsync(context, group.GroupId, described).ConfigureAwait(false) : group.Topics)
            described.Topics.Add(await DescribeAsync(group.GroupId, topic).ConfigureAwait(false));
        return described;
    }

    private async Task<List<Asked.DescribeShareGroupOffsetsRequestTopic>> AllOfAsync(
        RequestContext context, string groupId, Answer.DescribeShareGroupOffsetsResponseGroup described)
    {
        var partitions = await offsets.PartitionsOfAsync(context, groupId, error => described.ErrorCode = error).ConfigureAwait(false);
        return
        [
            .. from entry in partitions!.ById
               let topic = offsets.Topic(entry.Key)
               where topic is not null
               select new Asked.DescribeShareGroupOffsetsRequestTopic { TopicName = topic.Name, Partitions = [.. entry.Value.Partitions] },
        ];
    }

    private async Task<Answer.DescribeShareGroupOffsetsResponseTopic> DescribeAsync(string groupId, Asked.DescribeShareGroupOffsetsRequestTopic asked)
    {
        var topic = offsets.Topic(asked.TopicName);
        var described = new Answer.DescribeShareGroupOffsetsResponseTopic { TopicName = asked.TopicName, TopicId = topic?.Id ?? Guid.Empty };
        foreach (int[] indexes in asked.Partitions.Distinct().Chunk(AtOnce))
            described.Partitions.AddRange(await Task.WhenAll(indexes.Select(index => DescribeAsync(groupId, topic, index))).ConfigureAwait(false));
        return described;
    }

    private Task<Answer.DescribeShareGroupOffsetsResponsePartition> DescribeAsync(string groupId, TopicImage? topic, int index) =>
        topic is null ? Task.FromResult(ShareOffsets.WithoutStart(index)) : offsets.OfAsync(groupId, topic, index);

    private static Answer.DescribeShareGroupOffsetsResponseGroup Refusal(string groupId, ErrorCode error, string? message = null) =>
        new() { GroupId = groupId, ErrorCode = error, ErrorMessage = message };
}
