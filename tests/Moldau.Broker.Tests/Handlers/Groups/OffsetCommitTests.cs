using Moldau.Broker.Handlers.Groups;
using Moldau.Broker.Tests.Hosting;
using Moldau.Broker.Tests.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Groups;

public sealed class OffsetCommitTests
{
    [Fact]
    public async Task A_commit_that_its_log_finds_too_large_is_not_told_as_a_batch_that_is()
    {
        var broker = await RunningBroker.StartAsync(new KafkaBrokerOptions { Properties = { ["message.max.bytes"] = "1024" } }, default);
        await StoredCluster.CreateAsync(broker.Services.Storage, "t");
        var handler = new OffsetCommit(broker.Services.Groups, () => broker.Services.Metadata.Image.Topics);
        var request = new OffsetCommitRequest
        {
            GroupId = "g",
            Topics = [new() { Name = "t", Partitions = [new() { CommittedOffset = 5, CommittedMetadata = new string('m', 2_000) }] }],
        };
        var answer = await handler.HandleAsync(new RequestContext { Api = ApiKey.OffsetCommit, Version = 9 }, request);
        Assert.Equal(ErrorCode.UnknownServerError, HostedGroups.ErrorOf(answer));
        await broker.StopAsync();
    }
}
