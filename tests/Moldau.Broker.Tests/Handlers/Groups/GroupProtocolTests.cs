using Moldau.Broker.Handlers.Groups;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Xunit;

namespace Moldau.Broker.Tests.Handlers.Groups;

/// <summary>In the directory of a cluster that has not raised group.version, records of consumer groups would be none of its own.</summary>
public sealed class GroupProtocolTests : IAsyncLifetime
{
    private RunningBroker _broker = null!;

    public async ValueTask InitializeAsync() => _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions(), default);

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    [Fact]
    public async Task A_consumer_group_needs_its_feature()
    {
        var handler = new ConsumerGroupHeartbeat(_broker.Services.Groups, () => ClusterImage.Empty);
        var answer = await handler.HandleAsync(Context(ApiKey.ConsumerGroupHeartbeat), new ConsumerGroupHeartbeatRequest { GroupId = "g", MemberId = "m" });
        Assert.Equal(ErrorCode.UnsupportedVersion, answer!.ErrorCode);
        Assert.Contains("group.version", answer.ErrorMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_feature_no_consumer_group_is_described()
    {
        var handler = new ConsumerGroupDescribe(_broker.Services.Groups, () => ClusterImage.Empty);
        var answer = await handler.HandleAsync(Context(ApiKey.ConsumerGroupDescribe), new ConsumerGroupDescribeRequest { GroupIds = ["g", "h"] });
        Assert.All(answer!.Groups, group => Assert.Equal(ErrorCode.UnsupportedVersion, group.ErrorCode));
        Assert.Equal(["g", "h"], answer.Groups.Select(group => group.GroupId));
    }

    private static RequestContext Context(ApiKey api) => new() { Api = api, Version = 1 };
}
