using Moldau.Conformance.Clients;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Topic = Moldau.Protocol.Messages.AddPartitionsToTxnRequest.AddPartitionsToTxnTopic;

namespace Moldau.Conformance.NewestVersions;

/// <summary>Transactions of version 2 by topic ids, which no real client sends yet.</summary>
public sealed class NewestTransactionTests(ClientBroker broker)
{
    private const int Partitions = 2, Records = 200, RecordsOfTransaction = 8, AbortsEvery = 3;

    [Fact]
    [Drives(ApiKey.Produce, ApiKey.Fetch, ApiKey.InitProducerId, ApiKey.TxnOffsetCommit, ApiKey.EndTxn, ApiKey.OffsetFetch)]
    public async Task Each_record_is_read_processed_and_written_once_though_members_change_and_transactions_abort()
    {
        string group = broker.NewName("newest");
        using var member = await NewestMember.ConnectAsync(broker.Bootstrap, group);
        var work = await BeginAsync(member.Client);
        var producer = new NewestProducer(member.Client, broker.NewName("newest"));
        await producer.InitializeAsync();
        await member.JoinAsync(Partitions);

        // Half of it; then another member takes over with a producer of its own.
        await ProcessAsync(member, member.Assigned, producer, work, transactionsMax: 15);
        using var next = await NewestMember.ConnectAsync(broker.Bootstrap, group);
        var joining = next.JoinAsync(Partitions);
        await member.AwaitRebalanceAsync();
        await member.LeaveAsync();
        await joining;
        Assert.Equal(ErrorCode.UnknownMemberId, await producer.CommitOffsetAsync(member.Committer, work.Source.Id, 0, 0));
        await producer.EndAsync(commits: false);
        var successor = new NewestProducer(next.Client, producer.TransactionalId);
        await successor.InitializeAsync();
        Assert.Equal(ErrorCode.InvalidProducerEpoch, await producer.ProduceAsync(work.Target, 0, [1]));
        await ProcessAsync(next, next.Assigned, successor, work, transactionsMax: int.MaxValue);
        await AssertDoneAsync(next, next.Assigned, work);
    }

    [Fact]
    [Drives(ApiKey.ConsumerGroupHeartbeat, ApiKey.Produce, ApiKey.Fetch, ApiKey.TxnOffsetCommit, ApiKey.EndTxn, ApiKey.OffsetFetch)]
    public async Task Members_of_a_consumer_group_process_each_record_once_and_are_fenced_by_their_epoch()
    {
        string group = broker.NewName("newest");
        using var admin = await NewestClient.ConnectAsync(broker.Bootstrap);
        await admin.ConfigureGroupAsync(group, ("consumer.assignment.interval.ms", "0"));
        var work = await BeginAsync(admin);
        using var member = await NewestConsumer.ConnectAsync(broker.Bootstrap, group, work.Source);
        using var next = await NewestConsumer.ConnectAsync(broker.Bootstrap, group, work.Source);
        NewestProducer producer = new(member.Client, broker.NewName("newest")), another = new(next.Client, broker.NewName("newest"));
        await producer.InitializeAsync();
        await another.InitializeAsync();
        await NewestConsumer.BalanceAsync(member);
        await ProcessAsync(member, member.Assigned, producer, work, transactionsMax: 5);

        // The other one gets a partition, of which the first can commit nothing any more.
        var late = member.Committer;
        await NewestConsumer.BalanceAsync(member, next);
        int given = Assert.Single(next.Assigned);
        Assert.Equal(ErrorCode.None, await producer.ProduceAsync(work.Target, 0, [-1]));
        Assert.Equal(ErrorCode.StaleMemberEpoch, await producer.CommitOffsetAsync(late, work.Source.Id, given, 0));
        await producer.EndAsync(commits: false);

        await Task.WhenAll(
            ProcessAsync(member, member.Assigned, producer, work, transactionsMax: int.MaxValue),
            ProcessAsync(next, next.Assigned, another, work, transactionsMax: int.MaxValue));
        await AssertDoneAsync(member, member.Assigned, work);
        await AssertDoneAsync(next, next.Assigned, work);
    }

    [Fact]
    [Drives(ApiKey.AddPartitionsToTxn, ApiKey.EndTxn)]
    public async Task Partitions_of_several_transactions_are_added_in_one_request()
    {
        using var client = await NewestClient.ConnectAsync(broker.Bootstrap);
        var topic = await NewestTopic.CreateAsync(client, broker.NewName("newest-added"), Partitions);
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
                    Topics = [new Topic { Name = topic.Name, Partitions = partitions }],
                })],
            });
            return
                from transaction in added.ResultsByTransaction
                from result in transaction.TopicResults
                from partition in result.ResultsByPartition
                select partition.PartitionErrorCode;
        }
    }

    private sealed record Work(NewestTopic Source, NewestTopic Target);

    private async Task<Work> BeginAsync(NewestClient client)
    {
        var source = await NewestTopic.CreateAsync(client, broker.NewName("newest-in"), Partitions);
        await source.FillAsync(client, Records);
        return new Work(source, await NewestTopic.CreateAsync(client, broker.NewName("newest-out")));
    }

    /// <summary>Goes on from what is committed, in transactions over all partitions, until nothing is left.</summary>
    private static async Task ProcessAsync(
        NewestGroupMember member, IReadOnlyList<int> partitions, NewestProducer producer, Work work, int transactionsMax)
    {
        bool isAnyLeft = true;
        for (int transaction = 1; isAnyLeft && transaction <= transactionsMax; transaction++)
        {
            isAnyLeft = false;
            foreach (int partition in partitions)
            {
                long from = await member.PositionAsync(work.Source.Id, partition);
                var read = (await work.Source.ReadAsync(member.Client, partition, from)).First(RecordsOfTransaction);
                if (read.Records.Count == 0) continue;
                isAnyLeft = true;
                Assert.Equal(ErrorCode.None, await producer.ProduceAsync(work.Target, 0, [.. read.Numbers]));
                Assert.Equal(ErrorCode.None, await producer.CommitOffsetAsync(member.Committer, work.Source.Id, partition, read.NextOffset));
                await producer.EndAsync(commits: transaction % AbortsEvery != 0);
            }
        }
    }

    /// <summary>Each record was written once, as a real client reads it too, and is committed as read.</summary>
    private async Task AssertDoneAsync(NewestGroupMember member, IReadOnlyList<int> partitions, Work work)
    {
        await work.Target.AwaitStableAsync(member.Client);
        var written = TopicReader.ReadAll(broker, work.Target.Name).Select(record => int.Parse(record.Message.Value!));
        Assert.Equal(Enumerable.Range(0, Records), written.Order());
        Assert.Equal(Enumerable.Range(0, Records), (await work.Target.ReadAllAsync(member.Client)).Select(record => record.Number).Order());
        long[] ends = await work.Source.EndsAsync(member.Client);
        Assert.Equal(Records, ends.Sum());
        foreach (int partition in partitions) Assert.Equal(ends[partition], await member.PositionAsync(work.Source.Id, partition));
    }
}
