using Microsoft.Extensions.Time.Testing;
using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Net;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Records;

public sealed class FetchSessionsTests
{
    private const short ByName = 12, ById = 13, WithoutSessions = 6;

    private readonly FakeTimeProvider _time = new();

    [Fact]
    public void Below_version_7_there_is_no_session() => Assert.Equal(0, Sessions().Begin(Request(0, 0, 1), WithoutSessions).SessionId);

    [Fact]
    public void When_all_slots_are_taken_a_client_is_served_without_a_session()
    {
        var sessions = Sessions();
        Assert.NotEqual(0, sessions.Begin(Request(0, 0, 1), ByName).SessionId);
        var second = sessions.Begin(Request(0, 0, 1), ByName);
        Assert.Equal(0, second.SessionId);
        Assert.Single(second.Targets);
    }

    [Fact]
    public void A_session_that_nobody_uses_makes_room()
    {
        var sessions = Sessions();
        int first = sessions.Begin(Request(0, 0, 1), ByName).SessionId;
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.NotEqual(0, sessions.Begin(Request(0, 0, 1), ByName).SessionId);
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, sessions.Begin(Request(first, 1), ByName).Error);
    }

    [Fact]
    public void A_session_that_is_used_stays()
    {
        var sessions = Sessions();
        int first = sessions.Begin(Request(0, 0, 1), ByName).SessionId;
        _time.Advance(TimeSpan.FromMinutes(3));
        Assert.Equal(ErrorCode.None, sessions.Begin(Request(first, 1), ByName).Error);
        Assert.Equal(0, sessions.Begin(Request(0, 0, 1), ByName).SessionId);
    }

    [Fact]
    public void A_session_does_not_change_between_names_and_ids()
    {
        var sessions = Sessions();
        int id = sessions.Begin(Request(0, 0, 1), ByName).SessionId;
        Assert.Equal(ErrorCode.FetchSessionTopicIdError, sessions.Begin(Request(id, 1), ById).Error);
    }

    [Fact]
    public void A_session_that_grows_beyond_the_bound_is_given_up()
    {
        var sessions = Sessions(partitionsMax: 2);
        int id = sessions.Begin(Request(0, 0, 1, 2), ByName).SessionId;
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, sessions.Begin(Request(id, 1, 3), ByName).Error);
        Assert.Equal(0, sessions.Count);
    }

    [Fact]
    public void Sessions_that_would_have_too_many_partitions_together_are_not_kept()
    {
        var sessions = new FetchSessions(new FetchSessionLimits { AllPartitionsMax = 4 }, _time);
        int first = sessions.Begin(Request(0, 0, 1, 2), ByName).SessionId;
        Assert.Equal(0, sessions.Begin(Request(0, 0, 1, 2, 3), ByName).SessionId);
        int second = sessions.Begin(Request(0, 0, 1, 2), ByName).SessionId;
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, sessions.Begin(Request(second, 1, 3), ByName).Error);
        sessions.Begin(Request(first, -1), ByName);
        Assert.NotEqual(0, sessions.Begin(Request(0, 0, 1, 2, 3, 4), ByName).SessionId);
    }

    [Fact]
    public void What_cannot_be_a_topic_comes_into_no_session()
    {
        var sessions = Sessions();
        var refused = sessions.Begin(Request(0, 0, new string('t', TopicNames.LengthMax + 1), 1), ByName);
        Assert.Equal((0, 0), (refused.SessionId, sessions.Count));
        Assert.Single(refused.Targets);
        int id = sessions.Begin(Request(0, 0, new string('t', TopicNames.LengthMax), 1), ByName).SessionId;
        Assert.Equal(ErrorCode.FetchSessionIdNotFound, sessions.Begin(Request(id, 1, new string('t', TopicNames.LengthMax + 1), 1), ByName).Error);
        Assert.Equal(0, sessions.Count);
    }

    [Fact]
    public void What_a_request_adds_and_forgets_is_served_although_its_session_ends()
    {
        var sessions = Sessions();
        int id = sessions.Begin(Request(0, 0, 1), ByName).SessionId;
        var request = Request(id, 1, 2);
        request.ForgottenTopicsData = [new() { Topic = "t", Partitions = [1, 2] }];
        var round = sessions.Begin(request, ByName);
        Assert.Equal((0, 0, false), (sessions.Count, round.SessionId, round.IsIncremental));
        Assert.Equal(2, Assert.Single(round.Targets).Key.Index);
    }

    [Fact]
    public void An_answer_that_comes_when_its_session_has_moved_on_tells_nothing()
    {
        var sessions = Sessions();
        int id = sessions.Begin(Request(0, 0, 1), ByName).SessionId;
        var (first, second) = (sessions.Begin(Request(id, 1), ByName), sessions.Begin(Request(id, 2), ByName));
        using var reads = new FetchReads(new MemoryBudget(1_000_000), 1);
        var answer = new FetchAnswer(new RequestContext { Api = ApiKey.Fetch, Version = ByName }, nodeId: 1, rack: null);
        Assert.Equal(ErrorCode.InvalidFetchSessionEpoch, answer.Of(first, reads, ReadBound.HighWatermark).ErrorCode);
        Assert.Equal(ErrorCode.None, answer.Of(second, reads, ReadBound.HighWatermark).ErrorCode);
    }

    [Fact]
    public void A_final_request_ends_its_session()
    {
        var sessions = Sessions();
        int id = sessions.Begin(Request(0, 0, 1), ByName).SessionId;
        sessions.Begin(Request(id, -1, 1), ByName);
        Assert.Equal(0, sessions.Count);
    }

    private FetchSessions Sessions(int partitionsMax = 10) =>
        new(new FetchSessionLimits { SessionsMax = 1, PartitionsMax = partitionsMax, EvictableAfterMs = 120_000 }, _time);

    private static FetchRequest Request(int session, int epoch, params int[] partitions) => Request(session, epoch, "t", partitions);

    private static FetchRequest Request(int session, int epoch, string topic, params int[] partitions) => new()
    {
        SessionId = session,
        SessionEpoch = epoch,
        Topics = [new() { Topic = topic, Partitions = [.. partitions.Select(index => new FetchRequest.FetchPartition { Partition = index })] }],
    };
}
