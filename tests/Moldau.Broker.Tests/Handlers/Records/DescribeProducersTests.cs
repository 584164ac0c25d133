using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Topics;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Records;

public sealed class DescribeProducersTests
{
    [Theory]
    [InlineData("no such topic", false)]
    [InlineData("", false)]
    [InlineData("none", true)]
    public async Task A_name_that_no_topic_can_have_is_told_from_one_that_none_has(string topic, bool isPossible)
    {
        var request = new DescribeProducersRequest { Topics = [new() { Name = topic, PartitionIndexes = [0] }] };
        var answer = await new DescribeProducers(new Partitions()).HandleAsync(new RequestContext { Api = ApiKey.DescribeProducers, Version = 0 }, request);
        Assert.Equal(isPossible ? ErrorCode.UnknownTopicOrPartition : ErrorCode.InvalidTopicException, answer!.Topics[0].Partitions[0].ErrorCode);
    }
}
