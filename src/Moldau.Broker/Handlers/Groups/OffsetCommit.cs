using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using PartitionResult = Moldau.Protocol.Messages.OffsetCommitResponse.OffsetCommitResponsePartition;
using Topic = Moldau.Protocol.Messages.OffsetCommitRequest.OffsetCommitRequestTopic;

namespace Moldau.Broker.Handlers.Groups;

/// <summary>
/// OffsetCommit (key 8), v2-v10. Unknown topics and partitions are refused one by one, the rest is stored as one batch. v2-v4 may give a
/// retention time, v6 brings the leader epoch, v10 names topics by id only.
/// </summary>
internal sealed class OffsetCommit(GroupHost groups, Func<TopicsImage> topics) : IHandler<OffsetCommitRequest, OffsetCommitResponse>
{
    private const short TopicIdsSince = 10;

    public async ValueTask<OffsetCommitResponse?> HandleAsync(RequestContext context, OffsetCommitRequest request)
    {
        var answers = new Answers();
        request.Topics = TakeKnown(context, request.Topics, answers);
        // A commit of nothing must not make a group.
        if (request.Topics.Count == 0) return answers.Response;
        var stored = await groups
            .AskAsync(context, request.GroupId, request, error => OffsetCommits.Refusal(request, GroupErrors.OfMember(error)))
            .ConfigureAwait(false);
        foreach (var topic in stored!.Topics) answers.Add(topic.Name, topic.TopicId, topic.Partitions);
        return answers.Response;
    }

    public OffsetCommitResponse Refuse(RequestContext context, OffsetCommitRequest request, ErrorCode error) =>
        OffsetCommits.Refusal(request, error);

    /// <summary>The topics and partitions that exist, with name and id; the others are answered at once.</summary>
    private List<Topic> TakeKnown(RequestContext context, List<Topic> asked, Answers answers)
    {
        var image = topics();
        var known = new List<Topic>();
        foreach (var topic in asked)
        {
            bool isById = context.Version >= TopicIdsSince;
            if ((isById ? image.ById.GetValueOrDefault(topic.TopicId) : image.ByName.GetValueOrDefault(topic.Name)) is not { } found)
            {
                var error = isById ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition;
                answers.Add(topic.Name, topic.TopicId, topic.Partitions.Select(partition => Result(partition.PartitionIndex, error)));
                continue;
            }
            var partitions = topic.Partitions.ToLookup(partition => (uint)partition.PartitionIndex < (uint)found.Partitions.Length);
            if (partitions.Contains(false))
            {
                var refused = partitions[false].Select(absent => Result(absent.PartitionIndex, ErrorCode.UnknownTopicOrPartition));
                answers.Add(found.Name, found.Id, refused);
            }
            if (partitions.Contains(true))
                known.Add(new Topic { Name = found.Name, TopicId = found.Id, Partitions = [.. partitions[true]] });
        }
        return known;
    }

    private static PartitionResult Result(int index, ErrorCode error) => new() { PartitionIndex = index, ErrorCode = error };

    /// <summary>One entry for each topic, though some of its partitions are answered here and others by the group.</summary>
    private sealed class Answers
    {
        private readonly Dictionary<(string Name, Guid Id), OffsetCommitResponse.OffsetCommitResponseTopic> _byTopic = [];

        public OffsetCommitResponse Response { get; } = new();

        public void Add(string name, Guid id, IEnumerable<PartitionResult> results)
        {
            if (!_byTopic.TryGetValue((name, id), out var topic))
            {
                topic = new() { Name = name, TopicId = id };
                _byTopic.Add((name, id), topic);
                Response.Topics.Add(topic);
            }
            topic.Partitions.AddRange(results);
        }
    }
}
