using Moldau.Broker.Handlers.Transactions;
using Moldau.Broker.Tests.Topics;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests.Handlers.Transactions;

public sealed class TxnOffsetCommitTests : IAsyncLifetime
{
    private const string Id = "x", Topic = "t";
    private const short AddsPartition = 5;

    private RunningBroker _broker = null!;

    private BrokerServices Services => _broker.Services;

    public async ValueTask InitializeAsync()
    {
        _broker = await RunningBroker.StartAsync(new KafkaBrokerOptions { Properties = { ["message.max.bytes"] = "1024" } }, default);
        await StoredCluster.CreateAsync(Services.Storage, Topic);
    }

    public async ValueTask DisposeAsync() => await _broker.StopAsync();

    [Fact]
    public async Task A_commit_that_its_log_finds_too_large_is_not_told_as_a_batch_that_is()
    {
        var request = await FromProducerAsync(Request("m"));
        Assert.Equal(ErrorCode.None, await CommitAsync(request));
        request.Topics = Request(new string('m', 2_000)).Topics;
        Assert.Equal(ErrorCode.UnknownServerError, await CommitAsync(request));
    }

    [Fact]
    public async Task A_commit_to_a_partition_whose_log_is_not_open_is_told_to_look_for_the_coordinator()
    {
        Assert.Equal(ErrorCode.None, await Services.Groups.EnsureTopicAsync());
        var offsets = Services.Metadata.Image.Topics.ByName[TopicNames.ConsumerOffsets];
        Services.Partitions.Put(offsets, [.. Enumerable.Repeat<Partition?>(null, offsets.Partitions.Length)]);
        Assert.Equal(ErrorCode.NotCoordinator, await CommitAsync(Request("m")));
    }

    [Fact]
    public async Task Partitions_that_do_not_exist_are_refused_alone()
    {
        var request = await FromProducerAsync(Request("m"));
        request.Topics[0].Partitions.Add(new() { PartitionIndex = 1 });
        request.Topics.Add(new() { Name = "none", Partitions = [new()] });
        var answer = await AskAsync(request);
        Assert.Equal(
            ["none-0 UnknownTopicOrPartition", "t-0 None", "t-1 UnknownTopicOrPartition"],
            answer.Topics.SelectMany(topic => topic.Partitions.Select(partition => $"{topic.Name}-{partition.PartitionIndex} {partition.ErrorCode}")).Order());
        Assert.Equal(2, answer.Topics.Count);
    }

    private async Task<TxnOffsetCommitRequest> FromProducerAsync(TxnOffsetCommitRequest request)
    {
        Assert.Equal(ErrorCode.None, await Services.Transactions.EnsureTopicAsync());
        var init = new InitProducerIdRequest { TransactionalId = Id, TransactionTimeoutMs = 60_000, ProducerId = -1, ProducerEpoch = -1 };
        var producer = await Services.Transactions.AskAsync(Id, init, ProducerInitialization.Refusal, ErrorCode.NotCoordinator);
        (request.ProducerId, request.ProducerEpoch) = (producer.ProducerId, producer.ProducerEpoch);
        return request;
    }

    private static TxnOffsetCommitRequest Request(string metadata) => new()
    {
        TransactionalId = Id,
        GroupId = "g",
        Topics = [new() { Name = Topic, Partitions = [new() { CommittedOffset = 5, CommittedMetadata = metadata }] }],
    };

    private async Task<ErrorCode> CommitAsync(TxnOffsetCommitRequest request) => (await AskAsync(request)).Topics[0].Partitions[0].ErrorCode;

    private async Task<TxnOffsetCommitResponse> AskAsync(TxnOffsetCommitRequest request)
    {
        var handler = new TxnOffsetCommit(Services.Groups, new TransactionVerifier(Services), () => Services.Metadata.Image.Topics);
        var answer = await handler.HandleAsync(new RequestContext { Api = ApiKey.TxnOffsetCommit, Version = AddsPartition }, request);
        return answer!;
    }
}
