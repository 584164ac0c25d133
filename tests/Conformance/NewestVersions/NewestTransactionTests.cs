using Confluent.Kafka;
using Moldau.Broker.Hosting;
using Moldau.Conformance.Clients;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using ErrorCode = Moldau.Protocol.ErrorCode;
using Topic = Moldau.Protocol.Messages.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;

namespace Moldau.Conformance.NewestVersions;

/// <summary>Transactions of version 2 by topic ids, which no real client sends yet.</summary>
public sealed class NewestTransactionTests(ClientBroker broker)
{
    private const int Partitions = 2, Records = 200, RecordsOfTransaction = 8, AbortsEvery = 3;

    [Fact]
    public async Task Each_record_is_read_processed_and_written_once_though_members_change_and_transactions_abort()
    {
        string source = broker.NewName("newest-in"), target = broker.NewName("newest-out"), group = broker.NewName("newest");
        using var member = await NewestMember.ConnectAsync(broker.Bootstrap, group);
        var sourceId = await member.Client.CreateTopicAsync(source, Partitions);
        var targetId = await member.Client.CreateTopicAsync(target);
        await FillAsync(source);
        var producer = new NewestProducer(member.Client, broker.NewName("newest"));
        await producer.InitializeAsync();
        await member.JoinAsync(Partitions);

        // Half of it; then another member takes over with a producer of its own.
        await ProcessAsync(member, producer, new(group, sourceId, targetId), transactionsMax: 15);
        using var next = await NewestMember.ConnectAsync(broker.Bootstrap, group);
        var joining = next.JoinAsync(Partitions);
        await member.AwaitRebalanceAsync();
        await member.LeaveAsync();
        await joining;
        Assert.Equal(ErrorCode.UnknownMemberId, await producer.CommitOffsetAsync(group, member, sourceId, 0, 0));
        await producer.EndAsync(commits: false);
        var successor = new NewestProducer(next.Client, producer.TransactionalId);
        await successor.InitializeAsync();
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await producer.ProduceAsync(targetId, 0, [[1]]));
        await ProcessAsync(next, successor, new(group, sourceId, targetId), transactionsMax: int.MaxValue);

        var written = TopicReader.ReadAll(broker, target).Select(record => int.Parse(record.Message.Value!));
        Assert.Equal(Enumerable.Range(0, Records), written.Order());
    }

    [Fact]
    public async Task Partitions_of_several_transactions_are_added_in_one_request()
    {
        using var client = await NewestClient.ConnectAsync(broker.Bootstrap);
        string topic = broker.NewName("newest-added");
        await client.CreateTopicAsync(topic, Partitions);
        NewestProducer[] producers = [new(client, broker.NewName("newest")), new(client, broker.NewName("newest"))];
        foreach (var producer in producers) await producer.InitializeAsync();

        Assert.Equal(Enumerable.Repeat(ErrorCode.None, 4), await AddAsync(verifies: false, partitions: [0, 1]));
        Assert.Equal(Enumerable.Repeat(ErrorCode.None, 2), await AddAsync(verifies: true, partitions: [1]));
        foreach (var producer in producers) await producer.EndAsync(commits: false);
        Assert.DoesNotContain(ErrorCode.None, await AddAsync(verifies: true, partitions: [1]));

        async Task<IEnumerable<ErrorCode>> AddAsync(bool verifies, List<int> partitions)
        {
            var added = await client.AskAsync<AddPartitionsToTxnRequest, AddPartitionsToTxnResponse>(new()
            {
                Transactions = [.. producers.Select(producer => new AddPartitionsToTxnRequest.AddPartitionsToTxnTransaction
                {
                    TransactionalId = producer.TransactionalId,
                    ProducerId = producer.Pair.Id,
                    ProducerEpoch = producer.Pair.Epoch,
                    VerifyOnly = verifies,
                    Topics = [new Topic { Name = topic, Partitions = partitions }],
                })],
            });
            return
                from transaction in added.ResultsByTransaction
                from result in transaction.TopicResults
                from partition in result.ResultsByPartition
                select partition.PartitionErrorCode;
        }
    }

    private sealed record Work(string Group, Guid Source, Guid Target);

    /// <summary>Goes on from what is committed, in transactions over all partitions, until nothing is left.</summary>
    private static async Task ProcessAsync(NewestMember member, NewestProducer producer, Work work, int transactionsMax)
    {
        bool isAnyLeft = true;
        for (int transaction = 1; isAnyLeft && transaction <= transactionsMax; transaction++)
        {
            isAnyLeft = false;
            foreach (int partition in member.Assigned)
            {
                long from = Math.Max((await member.FetchOffsetAsync(work.Source, partition)).CommittedOffset, 0);
                var values = (await FetchAsync(member.Client, work.Source, partition, from)).Take(RecordsOfTransaction).ToList();
                if (values.Count == 0) continue;
                isAnyLeft = true;
                Assert.Equal(ErrorCode.None, await producer.ProduceAsync(work.Target, 0, values));
                Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync(work.Group, member, work.Source, partition, from + values.Count));
                await producer.EndAsync(commits: transaction % AbortsEvery != 0);
            }
        }
    }

    private static async Task<List<byte[]>> FetchAsync(NewestClient client, Guid topic, int partition, long from)
    {
        var fetched = await client.AskAsync<FetchRequest, FetchResponse>(new()
        {
            MaxWaitMs = 0,
            MinBytes = 0,
            IsolationLevel = 1,
            Topics = [new() { TopicId = topic, Partitions = [new() { Partition = partition, FetchOffset = from, PartitionMaxBytes = 1_000_000 }] }],
        });
        var answer = Assert.Single(Assert.Single(fetched.Responses).Partitions);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        if (answer.Records is not { Length: > 0 } records) return [];
        var values = new List<byte[]>();
        foreach (var batch in new StoredBatches(records))
        {
            foreach (var record in new BatchRecords(batch.Bytes))
            {
                if (record.Offset >= from) values.Add(record.Value!.Value.ToArray());
            }
        }
        return values;
    }

    private async Task FillAsync(string topic)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build();
        await Task.WhenAll(Enumerable.Range(0, Records).Select(number =>
            producer.ProduceAsync(new TopicPartition(topic, number % Partitions), new() { Value = $"{number}" })));
    }
}
