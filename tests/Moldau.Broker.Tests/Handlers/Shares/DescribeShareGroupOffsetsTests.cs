using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.DescribeShareGroupOffsetsResponse.DescribeShareGroupOffsetsResponsePartition;

namespace Moldau.Broker.Tests.Handlers.Shares;

public sealed class DescribeShareGroupOffsetsTests
{
    [Fact]
    public async Task A_partition_that_does_not_exist_has_no_start_and_that_is_no_error()
    {
        await using var topic = await SharedTopic.StartAsync();
        await topic.InitializeAsync(stateEpoch: 1, startOffset: 7);
        var described = await DescribeAsync(topic, 0, 1, -1);
        Assert.Equal([7, -1, -1], described.Select(partition => partition.StartOffset));
        Assert.All(described, partition => Assert.Equal(ErrorCode.None, partition.ErrorCode));
    }

    private static async Task<List<Described>> DescribeAsync(SharedTopic topic, params int[] partitions)
    {
        var answer = await topic.Admin.AskAsync<DescribeShareGroupOffsetsRequest, DescribeShareGroupOffsetsResponse>(
            new() { Groups = [new() { GroupId = SharedTopic.Group, Topics = [new() { TopicName = SharedTopic.Name, Partitions = [.. partitions] }] }] }, 1);
        return answer.Groups[0].Topics[0].Partitions;
    }
}
