using Moldau.Coordination.Groups.Classic;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Groups.Offsets;

/// <summary>Requests about the offsets of groups. Who may ask depends on the protocol of the group's members.</summary>
internal sealed class GroupOffsets(DurableGroups durable, ClassicGroups classic)
{
    public void Commit(OffsetCommitRequest request, Caller caller, Turn turn)
    {
        ErrorCode? ofMembers = durable.Consumer(request.GroupId) is { } consumer ? ConsumerGroupOffsets.CheckCommit(consumer, request, caller.ApiVersion)
            : durable.Streams(request.GroupId) is { } streams ? StreamsGroupOffsets.CheckCommit(streams, request, caller.ApiVersion)
            : null;
        var group = classic.Find(request.GroupId);
        var error = ofMembers
            ?? (group is not null ? OffsetCommits.Check(group, request)
                : durable.Share(request.GroupId) is not null ? ErrorCode.GroupIdNotFound
                : OffsetCommits.CheckMissingGroup(request, caller.ApiVersion));
        if (error == ErrorCode.None && ofMembers is null) group ??= classic.Create(request.GroupId, turn);
        var response = error == ErrorCode.None
            ? OffsetCommits.Commit(group, request, turn)
            : OffsetCommits.Refusal(request, error);
        turn.Decision.Reply(caller.Token, response);
    }

    public void Commit(CommitInTransaction commit, Caller caller, Turn turn)
    {
        string groupId = commit.Request.GroupId;
        ErrorCode? ofMembers = durable.Consumer(groupId) is { } consumer ? ConsumerGroupOffsets.CheckCommit(consumer, commit.Request, caller.ApiVersion)
            : durable.Streams(groupId) is { } streams ? StreamsGroupOffsets.CheckCommit(streams, commit.Request, caller.ApiVersion)
            : null;
        var group = classic.Find(groupId);
        var error = ofMembers
            ?? (group is not null ? TransactionalCommits.Check(group, commit.Request)
                : durable.Share(groupId) is not null ? ErrorCode.GroupIdNotFound
                : TransactionalCommits.CheckMissingGroup(commit.Request, caller.ApiVersion));
        if (error == ErrorCode.None && ofMembers is null && group is null) classic.Create(groupId, turn);
        var response = error == ErrorCode.None
            ? TransactionalCommits.Commit(commit, turn)
            : TransactionalCommits.Refusal(commit.Request, error);
        turn.Decision.Reply(caller.Token, response);
    }

    public static void End(EndTransactionOfOffsets request, Caller caller, Turn turn)
    {
        turn.Decision.Append(CoordinatorRecord.Marker(request.Producer, request.End));
        turn.Decision.Reply(caller.Token, new TransactionEnded(ErrorCode.None));
    }

    public void Fetch(FetchOffsets request, Caller caller, Turn turn)
    {
        var error = durable.Consumer(request.Group.GroupId) is { } group ? ConsumerGroupOffsets.CheckFetch(group, request.Group)
            : durable.Streams(request.Group.GroupId) is { } streams ? StreamsGroupOffsets.CheckFetch(streams, request.Group)
            : ErrorCode.None;
        turn.Decision.Reply(caller.Token, error == ErrorCode.None
            ? OffsetFetches.Fetch(durable, request, turn.Image.Topics)
            : new OffsetFetchResponse.OffsetFetchResponseGroup { GroupId = request.Group.GroupId, ErrorCode = error });
    }

    public void Delete(OffsetDeleteRequest request, Caller caller, Turn turn)
    {
        var subscribed = durable.Consumer(request.GroupId) is { } consumer ? ConsumerGroupOffsets.SubscribedTopics(consumer)
            : durable.Streams(request.GroupId) is { } streams ? StreamsGroupOffsets.SubscribedTopics(streams)
            : null;
        var response = subscribed is not null
            ? OffsetDeletion.Delete(subscribed, durable, request, turn)
            : OffsetDeletion.Delete(classic.Find(request.GroupId), durable, request, turn);
        turn.Decision.Reply(caller.Token, response);
    }
}
