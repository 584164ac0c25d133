using Moldau.Broker;
using Moldau.Conformance.Clients;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Conformance.NewestVersions;

/// <summary>What an admin sees of transactions, and can do about one that nobody ends. No real client of these tests asks for it.</summary>
public sealed class TransactionAdminTests(ClientBroker shared)
{
    private const sbyte EpochBump = 2;

    [Fact]
    [Drives(ApiKey.DescribeProducers, ApiKey.ListTransactions, ApiKey.DescribeTransactions, ApiKey.WriteTxnMarkers, ApiKey.ListOffsets)]
    public async Task A_hanging_transaction_is_found_and_ended()
    {
        // Such as clients could leave behind before their coordinators were asked about each batch that begins a transaction.
        var options = new KafkaBrokerOptions { Properties = { ["transaction.partition.verification.enable"] = "false" } };
        await using var broker = await KafkaBroker.StartAsync(options);
        using var admin = await NewestClient.ConnectAsync(broker.BootstrapServers);
        var topic = await NewestTopic.CreateAsync(admin, "t");
        NewestProducer lost = new(admin, "lost"), healthy = new(admin, "healthy");
        await lost.InitializeAsync();
        await healthy.InitializeAsync();
        Assert.Equal(ErrorCode.None, await healthy.ProduceAsync(topic, 0, [1, 2]));
        Assert.Equal(ErrorCode.None, await lost.ProduceUnknownAsync(topic, 0, [-1, -2, -3]));
        Assert.Equal(ErrorCode.None, await healthy.ProduceAsync(topic, 0, [3]));
        await healthy.EndAsync(commits: true);
        Assert.Equal(ErrorCode.None, await healthy.ProduceAsync(topic, 0, [4]));

        // Two have a transaction in the partition; only of one does a coordinator know.
        Assert.Equal([1, 2], (await topic.ReadAllAsync(admin)).Select(record => record.Number));
        var open = await OpenAsync(admin, topic);
        Assert.Equal([lost.Pair.Id, healthy.Pair.Id], open.OrderBy(producer => producer.CurrentTxnStartOffset).Select(producer => producer.ProducerId));
        Assert.Equal(["healthy"], await ListAsync(admin, [.. open.Select(producer => producer.ProducerId)], "Ongoing"));
        var (state, partitions) = await DescribeAsync(admin, "lost");
        Assert.Equal("Empty", state);
        Assert.Empty(partitions);

        var hanging = open.Single(producer => producer.ProducerId == lost.Pair.Id);
        Assert.Equal(2, hanging.CurrentTxnStartOffset);
        // The epoch of such a marker must be a new one: an old one could be that of a marker which was under way all the time.
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await AbortAsync(admin, topic, hanging, (short)hanging.ProducerEpoch));
        Assert.Equal(ErrorCode.None, await AbortAsync(admin, topic, hanging, (short)(hanging.ProducerEpoch + 1)));
        Assert.Equal([healthy.Pair.Id], (await OpenAsync(admin, topic)).Select(producer => producer.ProducerId));
        Assert.Equal([1, 2, 3], (await topic.ReadAllAsync(admin)).Select(record => record.Number));

        await healthy.EndAsync(commits: true);
        await topic.AwaitStableAsync(admin);
        Assert.Equal([1, 2, 3, 4], (await topic.ReadAllAsync(admin)).Select(record => record.Number));
        var read = TopicReader.ReadAll(new Confluent.Kafka.ClientConfig { BootstrapServers = broker.BootstrapServers }, topic.Name);
        Assert.Equal(["1", "2", "3", "4"], read.Select(record => record.Message.Value));
        // The writer has lost its epoch in the partition.
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await lost.ProduceUnknownAsync(topic, 0, [-4]));
    }

    [Fact]
    [Drives(
        ApiKey.AddPartitionsToTxn, ApiKey.AddOffsetsToTxn, ApiKey.TxnOffsetCommit, ApiKey.EndTxn, ApiKey.DescribeTransactions, ApiKey.ListTransactions)]
    public async Task An_open_transaction_is_shown_with_all_its_partitions_until_it_has_ended()
    {
        using var admin = await NewestClient.ConnectAsync(shared.Bootstrap);
        var topic = await NewestTopic.CreateAsync(admin, shared.NewName("newest"), partitions: 2);
        string id = shared.NewName("newest"), group = shared.NewName("newest");
        var producer = new NewestProducer(admin, id);
        await producer.InitializeAsync();
        Assert.Empty(await ListAsync(admin, [producer.Pair.Id], "Ongoing"));
        Assert.Equal([id], await ListAsync(admin, [producer.Pair.Id], "Empty"));

        await AddAsync(admin, producer, topic, group);
        var (state, partitions) = await DescribeAsync(admin, id);
        Assert.Equal("Ongoing", state);
        Assert.Equal([(TopicNames.ConsumerOffsets, 1), (topic.Name, 2)], partitions.OrderBy(added => added.Topic, StringComparer.Ordinal));
        Assert.Equal([id], await ListAsync(admin, [producer.Pair.Id], "Ongoing"));
        Assert.Equal([id], await ListAsync(admin, [], "Ongoing", pattern: $"{id[..3]}.*{id[3..]}"));
        Assert.Empty(await ListAsync(admin, [producer.Pair.Id], "Ongoing", durationMs: int.MaxValue));

        Assert.Equal(ErrorCode.None, await producer.ProduceAsync(topic, 1, [1]));
        Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync(new Committer(group), topic.Id, 1, 5));
        await producer.EndAsync(commits: true);
        await producer.InitializeAsync();
        (state, partitions) = await DescribeAsync(admin, id);
        Assert.Equal("Empty", state);
        Assert.Empty(partitions);
        Assert.Equal([1], (await topic.ReadAllAsync(admin, partition: 1)).Select(record => record.Number));
        using var reader = await NewestMember.ConnectAsync(shared.Bootstrap, group);
        Assert.Equal(5, await reader.PositionAsync(topic.Id, 1));
    }

    /// <summary>The producers with an open transaction in the topic's one partition.</summary>
    private static async Task<List<DescribeProducersResponse.ProducerState>> OpenAsync(NewestClient admin, NewestTopic topic)
    {
        var described = await admin.AskAsync<DescribeProducersRequest, DescribeProducersResponse>(
            new() { Topics = [new() { Name = topic.Name, PartitionIndexes = [0] }] });
        Assert.Equal(ErrorCode.None, described.Topics[0].Partitions[0].ErrorCode);
        return described.Topics[0].Partitions[0].ActiveProducers.FindAll(producer => producer.CurrentTxnStartOffset >= 0);
    }

    private static async Task<IEnumerable<string>> ListAsync(
        NewestClient admin, List<long> producerIds, string state, string? pattern = null, long durationMs = -1)
    {
        var listed = await admin.AskAsync<ListTransactionsRequest, ListTransactionsResponse>(new()
        {
            StateFilters = [state],
            ProducerIdFilters = producerIds,
            TransactionalIdPattern = pattern,
            DurationFilter = durationMs,
        });
        Assert.Equal(ErrorCode.None, listed.ErrorCode);
        Assert.Empty(listed.UnknownStateFilters);
        Assert.All(listed.TransactionStates, shown => Assert.Equal(state, shown.TransactionStateValue));
        return listed.TransactionStates.Select(shown => shown.TransactionalId);
    }

    private static async Task<(string State, List<(string Topic, int Partitions)> Partitions)> DescribeAsync(NewestClient admin, string id)
    {
        var described = await admin.AskAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(new() { TransactionalIds = [id] });
        var shown = Assert.Single(described.TransactionStates);
        Assert.Equal((ErrorCode.None, id), (shown.ErrorCode, shown.TransactionalId));
        return (shown.TransactionStateValue, shown.Topics.ConvertAll(topic => (topic.Topic, topic.Partitions.Count)));
    }

    private static async Task<ErrorCode> AbortAsync(NewestClient admin, NewestTopic topic, DescribeProducersResponse.ProducerState hanging, short epoch)
    {
        var written = await admin.AskAsync<WriteTxnMarkersRequest, WriteTxnMarkersResponse>(new()
        {
            Markers =
            [
                new()
                {
                    ProducerId = hanging.ProducerId,
                    ProducerEpoch = epoch,
                    TransactionResult = false,
                    CoordinatorEpoch = Math.Max(hanging.CoordinatorEpoch, 0),
                    TransactionVersion = EpochBump,
                    Topics = [new() { Name = topic.Name, PartitionIndexes = [0] }],
                },
            ],
        });
        return written.Markers[0].Topics[0].Partitions[0].ErrorCode;
    }

    /// <summary>Both partitions of the topic, and that of the group's offsets, as older clients have to.</summary>
    private static async Task AddAsync(NewestClient admin, NewestProducer producer, NewestTopic topic, string group)
    {
        var added = await admin.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(new()
        {
            Transactions =
            [
                new()
                {
                    TransactionalId = producer.TransactionalId,
                    ProducerId = producer.Pair.Id,
                    ProducerEpoch = producer.Pair.Epoch,
                    Topics = [new() { Name = topic.Name, Partitions = [0, 1] }],
                },
            ],
        });
        Assert.All(added.ResultsByTransaction[0].TopicResults[0].ResultsByPartition, partition => Assert.Equal(ErrorCode.None, partition.PartitionErrorCode));
        var offsets = await admin.AskAsync<AddOffsetsToTxnRequest, AddOffsetsToTxnResponse>(new()
        {
            TransactionalId = producer.TransactionalId,
            ProducerId = producer.Pair.Id,
            ProducerEpoch = producer.Pair.Epoch,
            GroupId = group,
        });
        Assert.Equal(ErrorCode.None, offsets.ErrorCode);
    }
}
