using Moldau.Broker.Handlers.Groups;
using Moldau.Broker.Hosting;
using Moldau.Coordination;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using PartitionResult = Moldau.Protocol.Messages.TxnOffsetCommitResponse.TxnOffsetCommitResponsePartition;
using Topic = Moldau.Protocol.Messages.TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic;
using TopicResult = Moldau.Protocol.Messages.TxnOffsetCommitResponse.TxnOffsetCommitResponseTopic;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>
/// TxnOffsetCommit (key 28), v0-v6. Offsets that count when their transaction commits. v3 names the member, v5 adds the group to the
/// transaction by itself (KIP-890), v6 names topics by id only.
/// </summary>
internal sealed class TxnOffsetCommit(GroupHost groups, TransactionVerifier verifier, Func<TopicsImage> topics)
    : IHandler<TxnOffsetCommitRequest, TxnOffsetCommitResponse>
{
    private const short KnowsAbortableSince = 4;
    private const short AddsSince = 5;
    private const short TopicIdsSince = 6;

    public async ValueTask<TxnOffsetCommitResponse?> HandleAsync(RequestContext context, TxnOffsetCommitRequest request)
    {
        var response = new TxnOffsetCommitResponse();
        request.Topics = TakeKnown(context, request.Topics, response);
        if (request.Topics.Count == 0) return response;
        response.Topics.AddRange((await CommitAsync(context, request).ConfigureAwait(false)).Topics);
        return Merged(response);
    }

    public TxnOffsetCommitResponse Refuse(RequestContext context, TxnOffsetCommitRequest request, ErrorCode error) =>
        TransactionalCommits.Refusal(request, error);

    private async ValueTask<TxnOffsetCommitResponse> CommitAsync(RequestContext context, TxnOffsetCommitRequest request)
    {
        if (request.GroupId.Length == 0) return TransactionalCommits.Refusal(request, ErrorCode.InvalidGroupId);
        var error = await groups.EnsureTopicAsync().ConfigureAwait(false);
        if (error != ErrorCode.None) return TransactionalCommits.Refusal(request, error);
        var verified = await VerifyAsync(context, request).ConfigureAwait(false);
        if (verified.Error != ErrorCode.None) return TransactionalCommits.Refusal(request, GroupErrors.OfPartition(verified.Error));
        var producer = new TransactionalProducer(request.ProducerId, request.ProducerEpoch) { TransactionsEnded = verified.TransactionsEnded };
        var committed = await groups
            .AskAsync(
                context,
                request.GroupId,
                new CommitInTransaction(request, producer),
                refused => TransactionalCommits.Refusal(request, GroupErrors.OfMember(refused)))
            .ConfigureAwait(false);
        return committed!;
    }

    private ValueTask<VerifiedTransaction> VerifyAsync(RequestContext context, TxnOffsetCommitRequest request)
    {
        var rule = context.Version >= AddsSince ? VerificationRule.Add
            : context.Version >= KnowsAbortableSince ? VerificationRule.Verify
            : VerificationRule.VerifyForOldClient;
        var producer = new TransactionalProducer(request.ProducerId, request.ProducerEpoch);
        return verifier.VerifyAsync(request.TransactionalId, producer, groups.PartitionOf(request.GroupId), rule);
    }

    /// <summary>The topics and partitions that exist, with name and id; the others are answered at once.</summary>
    private List<Topic> TakeKnown(RequestContext context, List<Topic> asked, TxnOffsetCommitResponse response)
    {
        var image = topics();
        var known = new List<Topic>();
        foreach (var topic in asked)
        {
            bool isById = context.Version >= TopicIdsSince;
            if ((isById ? image.ById.GetValueOrDefault(topic.TopicId) : image.ByName.GetValueOrDefault(topic.Name)) is not { } found)
            {
                response.Topics.Add(Refused(topic, topic.Partitions, isById ? ErrorCode.UnknownTopicId : ErrorCode.UnknownTopicOrPartition));
                continue;
            }
            var named = new Topic { Name = found.Name, TopicId = found.Id };
            var absent = topic.Partitions.FindAll(partition => (uint)partition.PartitionIndex >= (uint)found.Partitions.Length);
            named.Partitions = [.. topic.Partitions.Except(absent)];
            if (absent.Count > 0) response.Topics.Add(Refused(named, absent, ErrorCode.UnknownTopicOrPartition));
            if (named.Partitions.Count > 0) known.Add(named);
        }
        return known;
    }

    private static TopicResult Refused(Topic topic, List<TxnOffsetCommitRequest.TxnOffsetCommitRequestPartition> partitions, ErrorCode error) => new()
    {
        Name = topic.Name,
        TopicId = topic.TopicId,
        Partitions = partitions.ConvertAll(partition => new PartitionResult { PartitionIndex = partition.PartitionIndex, ErrorCode = error }),
    };

    /// <summary>One entry for each topic, though some of its partitions are answered here and others by the group.</summary>
    private static TxnOffsetCommitResponse Merged(TxnOffsetCommitResponse response) => new()
    {
        Topics =
        [
            .. from topic in response.Topics
               group topic by (topic.Name, topic.TopicId) into same
               select new TopicResult { Name = same.Key.Name, TopicId = same.Key.TopicId, Partitions = [.. same.SelectMany(topic => topic.Partitions)] },
        ],
    };
}
