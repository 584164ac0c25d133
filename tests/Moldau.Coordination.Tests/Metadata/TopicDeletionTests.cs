using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Metadata;

public sealed class TopicDeletionTests
{
    private readonly ClusterScenario _cluster = ClusterScenario.Started();

    [Fact]
    public void A_deleted_topic_takes_its_settings_along()
    {
        _cluster.Create("gone", 2, ("retention.ms", "1"));

        Assert.Equal(ErrorCode.None, _cluster.Delete(("gone", Guid.Empty)).Responses.Single().ErrorCode);

        Assert.Empty(_cluster.Image.Topics.ById);
        Assert.Empty(_cluster.Image.ConfigOf(ConfigResource.Topic("gone")));
    }

    [Fact]
    public void What_coordinators_keep_is_not_deleted()
    {
        var id = _cluster.CreateInternal(TopicNames.ConsumerOffsets).TopicId;

        Assert.Equal(ErrorCode.InvalidTopicException, _cluster.Delete((TopicNames.ConsumerOffsets, Guid.Empty)).Responses.Single().ErrorCode);
        Assert.Equal(ErrorCode.InvalidTopicException, _cluster.Delete((null, id)).Responses.Single().ErrorCode);
        Assert.True(_cluster.Image.Topics.ById.ContainsKey(id));
    }

    [Fact]
    public void A_topic_deleted_by_id_is_answered_with_its_name()
    {
        var id = _cluster.Create("named").TopicId;

        var answer = _cluster.Delete((null, id)).Responses.Single();

        Assert.Equal(("named", id, ErrorCode.None), (answer.Name, answer.TopicId, answer.ErrorCode));
    }

    [Fact]
    public void A_topic_made_again_has_another_id()
    {
        var first = _cluster.Create("reborn").TopicId;
        _cluster.Delete(("reborn", Guid.Empty));

        Assert.NotEqual(first, _cluster.Create("reborn").TopicId);
        Assert.Equal(ErrorCode.UnknownTopicId, _cluster.Delete((null, first)).Responses.Single().ErrorCode);
    }

    [Fact]
    public void Name_and_id_together_or_neither_are_refused()
    {
        var id = _cluster.Create("both").TopicId;

        Assert.Equal(ErrorCode.InvalidRequest, _cluster.Delete(("both", id)).Responses.Single().ErrorCode);
        Assert.Equal(ErrorCode.InvalidRequest, _cluster.Delete((null, Guid.Empty)).Responses.Single().ErrorCode);
        Assert.Contains("both", _cluster.Image.Topics.ByName.Keys);
    }

    [Fact]
    public void A_topic_named_twice_stays_and_the_refusal_repeats_only_what_was_said()
    {
        var id = _cluster.Create("dup").TopicId;

        Assert.Equal(("dup", Guid.Empty), Refused(_cluster.Delete(("dup", Guid.Empty), ("dup", Guid.Empty))));
        Assert.Equal((null, id), Refused(_cluster.Delete((null, id), (null, id))));
        Assert.Equal(("dup", id), Refused(_cluster.Delete(("dup", Guid.Empty), (null, id))));
        Assert.Contains("dup", _cluster.Image.Topics.ByName.Keys);
    }

    [Fact]
    public void Unknown_topics_are_answered_one_by_one()
    {
        _cluster.Create("known");

        var responses = _cluster.Delete(("known", Guid.Empty), ("none", Guid.Empty)).Responses;

        Assert.Equal(
            [("known", ErrorCode.None), ("none", ErrorCode.UnknownTopicOrPartition)],
            responses.Select(response => (response.Name!, response.ErrorCode)).Order());
    }

    private static (string?, Guid) Refused(DeleteTopicsResponse response)
    {
        var only = response.Responses.Single();
        Assert.Equal(ErrorCode.InvalidRequest, only.ErrorCode);
        return (only.Name, only.TopicId);
    }
}
