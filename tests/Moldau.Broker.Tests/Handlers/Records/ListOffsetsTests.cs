using Moldau.Broker.Handlers.Records;
using Moldau.Broker.Topics;
using Moldau.Log;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handlers.Records;

public sealed class ListOffsetsTests : IAsyncLifetime
{
    private const long Latest = -1, EarliestPendingUpload = -6;
    private const int Consumer = -1;

    private OnePartition _one = null!;

    public async ValueTask InitializeAsync() => _one = await OnePartition.StartAsync();

    public ValueTask DisposeAsync() => _one.DisposeAsync();

    [Theory]
    [InlineData("t")]
    [InlineData("none")]
    public async Task A_special_time_of_a_later_version_is_refused_whether_or_not_there_is_the_partition(string topic) =>
        Assert.Equal(ErrorCode.UnsupportedVersion, (await AskAsync(topic, EarliestPendingUpload, Consumer, version: 10)).ErrorCode);

    [Theory]
    [InlineData(Consumer, 0)]
    [InlineData(5, 1)]
    [InlineData(-2, 1)]
    public async Task Only_a_consumer_is_kept_from_what_is_not_committed(int replicaId, long offset)
    {
        using var builder = new BatchBuilder(new BatchOptions { Kind = BatchAttributes.Transactional, ProducerId = 7, ProducerEpoch = 0, BaseSequence = 0 });
        builder.Append(1_700_000_000_000, null, new byte[10]);
        Assert.Equal(ErrorCode.None, _one.Partition.Log.Append(builder.BuildArray(), new AppendContext { LeaderEpoch = _one.Partition.LeaderEpoch }).Error);
        Assert.Equal(offset, (await AskAsync("t", Latest, replicaId, version: 11)).Offset);
    }

    private async Task<ListOffsetsResponse.ListOffsetsPartitionResponse> AskAsync(string topic, long timestamp, int replicaId, short version)
    {
        var answer = await new ListOffsets(_one.Broker.Services.Partitions).HandleAsync(
            new RequestContext { Api = ApiKey.ListOffsets, Version = version },
            new ListOffsetsRequest
            {
                ReplicaId = replicaId,
                IsolationLevel = 1,
                Topics = [new() { Name = topic, Partitions = [new() { Timestamp = timestamp }] }],
            });
        return Assert.Single(Assert.Single(answer!.Topics).Partitions);
    }
}
