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
        var error = Admit(request.GroupId, turn, new CommitChecks(
            consumer => ConsumerGroupOffsets.CheckCommit(consumer, request, caller.ApiVersion),
            streams => StreamsGroupOffsets.CheckCommit(streams, request, caller.ApiVersion),
            group => OffsetCommits.Check(group, request),
            () => OffsetCommits.CheckMissingGroup(request, caller.ApiVersion)));
        turn.Decision.Reply(caller.Token, error == ErrorCode.None
            ? OffsetCommits.Commit(classic.Find(request.GroupId), request, turn)
            : OffsetCommits.Refusal(request, error));
    }

    public void Commit(CommitInTransaction commit, Caller caller, Turn turn)
    {
        var request = commit.Request;
        var error = Admit(request.GroupId, turn, new CommitChecks(
            consumer => ConsumerGroupOffsets.CheckCommit(consumer, request, caller.ApiVersion),
            streams => StreamsGroupOffsets.CheckCommit(streams, request, caller.ApiVersion),
            group => TransactionalCommits.Check(group, request),
            () => TransactionalCommits.CheckMissingGroup(request, caller.ApiVersion)));
        turn.Decision.Reply(caller.Token, error == ErrorCode.None
            ? TransactionalCommits.Commit(commit, turn)
            : TransactionalCommits.Refusal(request, error));
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

    /// <summary>Whether the commit may be made. The first one of a group that is not there makes a classic one.</summary>
    private ErrorCode Admit(string groupId, Turn turn, CommitChecks checks)
    {
        if (durable.Consumer(groupId) is { } consumer) return checks.OfConsumers(consumer);
        if (durable.Streams(groupId) is { } streams) return checks.OfStreams(streams);
        if (classic.Find(groupId) is { } group) return checks.OfClassic(group);
        if (durable.Share(groupId) is not null) return ErrorCode.GroupIdNotFound;
        var error = checks.OfNone();
        if (error == ErrorCode.None) classic.Create(groupId, turn);
        return error;
    }

    /// <summary>What is to be said against a commit, by the protocol of the group.</summary>
    private readonly record struct CommitChecks(
        Func<ConsumerGroup, ErrorCode> OfConsumers,
        Func<StreamsGroup, ErrorCode> OfStreams,
        Func<ClassicGroup, ErrorCode> OfClassic,
        Func<ErrorCode> OfNone);
}
