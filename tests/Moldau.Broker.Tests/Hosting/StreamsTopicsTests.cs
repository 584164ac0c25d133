using Microsoft.Extensions.Logging.Abstractions;
using Moldau.Broker.Hosting;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Streams;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Wanted = Moldau.Protocol.Messages.StreamsGroupTopologyValue.TopicInfo;

namespace Moldau.Broker.Tests.Hosting;

/// <summary>The making of the internal topics of streams groups.</summary>
public sealed class StreamsTopicsTests
{
    private readonly List<GroupInput> _told = [];
    private CreateTopicsRequest? _asked;

    [Fact]
    public async Task Topics_are_asked_for_as_the_topology_has_them()
    {
        await CreateAsync(_ => new CreateTopicsResponse());
        Assert.Equal(["c", "r"], _asked!.Topics.Select(topic => topic.Name));
        Assert.Equal([3, 5], _asked.Topics.Select(topic => topic.NumPartitions));
        Assert.Equal([(short)2, (short)-1], _asked.Topics.Select(topic => topic.ReplicationFactor));
        Assert.Equal("compact", Assert.Single(_asked.Topics[0].Configs).Value);
        Assert.Empty(_told);
    }

    [Fact]
    public async Task A_topic_that_another_made_meanwhile_is_no_fault()
    {
        await CreateAsync(_ => Answer(ErrorCode.TopicAlreadyExists, "It is there."));
        Assert.Empty(_told);
    }

    [Fact]
    public async Task The_group_is_told_why_a_topic_cannot_be_made()
    {
        await CreateAsync(_ => Answer(ErrorCode.InvalidReplicationFactor, "There is one broker."));
        Assert.Equal(new InternalTopicsRefused("g", "'c' cannot be made: There is one broker."), Assert.Single(_told));
    }

    [Fact]
    public async Task Of_many_topics_that_cannot_be_made_some_are_named()
    {
        await CreateAsync(_ => Answer([.. Enumerable.Repeat(ErrorCode.InvalidReplicationFactor, 7)], "No."));
        var told = Assert.IsType<InternalTopicsRefused>(Assert.Single(_told));
        Assert.Equal(string.Join(" ", Enumerable.Repeat("'c' cannot be made: No.", 5)) + " So it is with 2 more.", told.Reason);
    }

    [Fact]
    public async Task The_group_is_told_of_a_fault_too()
    {
        await CreateAsync(_ => throw new IOException("The disk is gone."));
        Assert.IsType<InternalTopicsRefused>(Assert.Single(_told));
    }

    private Task CreateAsync(Func<CreateTopicsRequest, CreateTopicsResponse> answer)
    {
        var topics = new StreamsTopics(
            request =>
            {
                _asked = request;
                return Task.FromResult(answer(request));
            },
            TimeProvider.System,
            NullLogger.Instance);
        var changelog = new Wanted { Name = "c", ReplicationFactor = 2, TopicConfigs = [new() { Key = "cleanup.policy", Value = "compact" }] };
        return topics.CreateAsync(
            new CreateInternalTopics("g", [new InternalTopic(changelog, 3), new InternalTopic(new Wanted { Name = "r" }, 5)]), _told.Add);
    }

    private static CreateTopicsResponse Answer(ErrorCode error, string message) => Answer([error], message);

    private static CreateTopicsResponse Answer(ErrorCode[] errors, string message) =>
        new() { Topics = [.. errors.Select(error => new CreateTopicsResponse.CreatableTopicResult { Name = "c", ErrorCode = error, ErrorMessage = message })] };
}
