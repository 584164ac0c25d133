using Moldau.Conformance.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>What the leaders of share partitions say to the share coordinator; in Kafka these are requests between brokers.</summary>
public sealed class NewestShareStateTests(ClientBroker broker)
{
    private const sbyte Available = 0, Acknowledged = 2;

    [Fact]
    [Drives(
        ApiKey.InitializeShareGroupState,
        ApiKey.ReadShareGroupState,
        ApiKey.WriteShareGroupState,
        ApiKey.ReadShareGroupStateSummary,
        ApiKey.DeleteShareGroupState)]
    public async Task State_is_begun_written_begun_anew_summed_up_and_forgotten()
    {
        using var client = await NewestClient.ConnectAsync(broker.Bootstrap);
        string group = broker.NewName("newest");
        var topic = (await NewestTopic.CreateAsync(client, broker.NewName("newest"))).Id;
        Assert.Equal(ErrorCode.None, await BeginAsync(stateEpoch: 1, start: 10));
        Assert.Equal((1, 10, 0), await ReadAsync());
        Assert.Equal(ErrorCode.None, await WriteAsync(stateEpoch: 1, start: 12));
        Assert.Equal((1, 12, 2), await ReadAsync());

        // A leader that goes on with the state from before is told that there is another.
        Assert.Equal(ErrorCode.None, await BeginAsync(stateEpoch: 2, start: 20));
        Assert.Equal(ErrorCode.FencedStateEpoch, await WriteAsync(stateEpoch: 1, start: 13));
        Assert.Equal((2, 20, 0), await ReadAsync());
        Assert.Equal(ErrorCode.None, await WriteAsync(stateEpoch: 2, start: 21));
        var summed = await client.AskAsync<ReadShareGroupStateSummaryRequest, ReadShareGroupStateSummaryResponse>(
            new() { GroupId = group, Topics = [new() { TopicId = topic, Partitions = [new() { Partition = 0, LeaderEpoch = -1 }] }] });
        var summary = summed.Results[0].Partitions[0];
        Assert.Equal((21, 1, 2, 0), (summary.StartOffset, summary.DeliveryCompleteCount, summary.StateEpoch, summary.LeaderEpoch));

        var forgotten = await client.AskAsync<DeleteShareGroupStateRequest, DeleteShareGroupStateResponse>(
            new() { GroupId = group, Topics = [new() { TopicId = topic, Partitions = [new() { Partition = 0 }] }] });
        Assert.Equal(ErrorCode.None, forgotten.Results[0].Partitions[0].ErrorCode);
        Assert.NotEqual(ErrorCode.None, await WriteAsync(stateEpoch: 2, start: 22));

        async Task<ErrorCode> BeginAsync(int stateEpoch, long start) => (await client.AskAsync<InitializeShareGroupStateRequest, InitializeShareGroupStateResponse>(
            new() { GroupId = group, Topics = [new() { TopicId = topic, Partitions = [new() { Partition = 0, StateEpoch = stateEpoch, StartOffset = start }] }] }))
            .Results[0].Partitions[0].ErrorCode;

        async Task<(int StateEpoch, long Start, int Batches)> ReadAsync()
        {
            var read = await client.AskAsync<ReadShareGroupStateRequest, ReadShareGroupStateResponse>(
                new() { GroupId = group, Topics = [new() { TopicId = topic, Partitions = [new() { Partition = 0, LeaderEpoch = 0 }] }] });
            var partition = read.Results[0].Partitions[0];
            Assert.Equal(ErrorCode.None, partition.ErrorCode);
            return (partition.StateEpoch, partition.StartOffset, partition.StateBatches.Count);
        }

        async Task<ErrorCode> WriteAsync(int stateEpoch, long start) => (await client.AskAsync<WriteShareGroupStateRequest, WriteShareGroupStateResponse>(
            new() { GroupId = group, Topics = [new() { TopicId = topic, Partitions = [StateOf(stateEpoch, start)] }] })).Results[0].Partitions[0].ErrorCode;
    }

    /// <summary>A record that is to be delivered again, and one behind it that is done with.</summary>
    private static WriteShareGroupStateRequest.PartitionData StateOf(int stateEpoch, long start) => new()
    {
        Partition = 0,
        StateEpoch = stateEpoch,
        LeaderEpoch = 0,
        StartOffset = start,
        DeliveryCompleteCount = 1,
        StateBatches =
        [
            new() { FirstOffset = start, LastOffset = start, DeliveryState = Available, DeliveryCount = 1 },
            new() { FirstOffset = start + 1, LastOffset = start + 1, DeliveryState = Acknowledged, DeliveryCount = 1 },
        ],
    };
}
