using System.Text;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Conformance.NewestVersions;

/// <summary>A topic of numbers, which is written and read by its id.</summary>
internal sealed record NewestTopic(string Name, Guid Id, int Partitions)
{
    private const int RecordsOfBatch = 10;

    public static async Task<NewestTopic> CreateAsync(NewestClient client, string name, int partitions = 1)
    {
        var made = await client.AskAsync<CreateTopicsRequest, CreateTopicsResponse>(
            new() { Topics = [new() { Name = name, NumPartitions = partitions, ReplicationFactor = 1 }], TimeoutMs = 10_000 });
        Assert.Equal((ErrorCode.None, null), (made.Topics[0].ErrorCode, made.Topics[0].ErrorMessage));
        return new NewestTopic(name, made.Topics[0].TopicId, partitions);
    }

    /// <summary>A topic that somebody else has made.</summary>
    public static async Task<NewestTopic> FindAsync(NewestClient client, string name)
    {
        var described = await client.AskAsync<DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse>(new() { Topics = [new() { Name = name }] });
        Assert.Equal((ErrorCode.None, name), (described.Topics[0].ErrorCode, described.Topics[0].Name));
        return new NewestTopic(name, described.Topics[0].TopicId, described.Topics[0].Partitions.Count);
    }

    /// <summary>The numbers from 0 on, by turns in each partition.</summary>
    public async Task FillAsync(NewestClient client, int count)
    {
        for (int partition = 0; partition < Partitions; partition++)
        {
            foreach (int[] numbers in Enumerable.Range(0, count).Where(number => number % Partitions == partition).Chunk(RecordsOfBatch))
                await WriteAsync(client, partition, numbers);
        }
    }

    /// <summary>One batch.</summary>
    public async Task WriteAsync(NewestClient client, int partition, params int[] numbers)
    {
        var answer = await client.AskAsync<ProduceRequest, ProduceResponse>(new()
        {
            Acks = -1,
            TimeoutMs = 10_000,
            TopicData = [new() { TopicId = Id, PartitionData = [new() { Index = partition, Records = BatchOf(BatchOptions.Default, numbers) }] }],
        });
        Assert.Equal((Id, ErrorCode.None), (answer.Responses[0].TopicId, answer.Responses[0].PartitionResponses[0].ErrorCode));
    }

    /// <summary>Each record has a key, as compacted topics want it.</summary>
    public static byte[] BatchOf(BatchOptions options, IEnumerable<int> numbers)
    {
        using var batch = new BatchBuilder(options);
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeMilliseconds();
        foreach (int number in numbers)
        {
            byte[] text = Encoding.UTF8.GetBytes($"{number}");
            batch.Append(now, text, text);
        }
        return batch.BuildArray();
    }

    /// <summary>Committed records.</summary>
    public async Task<ReadRecords> ReadAsync(NewestClient client, int partition, long from)
    {
        var fetched = await client.AskAsync<FetchRequest, FetchResponse>(new()
        {
            MaxWaitMs = 0,
            MinBytes = 0,
            IsolationLevel = 1,
            Topics = [new() { TopicId = Id, Partitions = [new() { Partition = partition, FetchOffset = from, PartitionMaxBytes = 1_000_000 }] }],
        });
        var answer = Assert.Single(Assert.Single(fetched.Responses).Partitions);
        Assert.Equal(ErrorCode.None, answer.ErrorCode);
        return ReadRecords.Of(answer.Records ?? default, from, answer.AbortedTransactions ?? []);
    }

    /// <summary>All committed records of a partition, from its beginning.</summary>
    public async Task<IReadOnlyList<ReadRecord>> ReadAllAsync(NewestClient client, int partition = 0)
    {
        var all = new List<ReadRecord>();
        for (long from = 0; ;)
        {
            var read = await ReadAsync(client, partition, from);
            if (read.NextOffset == from) return all;
            all.AddRange(read.Records);
            from = read.NextOffset;
        }
    }

    /// <summary>Waits for the markers of the transactions that were told to end.</summary>
    public Task AwaitStableAsync(NewestClient client) => Patiently.UntilAsync(async () =>
    {
        long[] ends = await EndsAsync(client, isolation: 0), stable = await EndsAsync(client);
        return ends.SequenceEqual(stable);
    });

    /// <summary>Where each partition ends, for readers of committed records or, at isolation 0, of all.</summary>
    public async Task<long[]> EndsAsync(NewestClient client, sbyte isolation = 1)
    {
        const long Latest = -1;
        var partitions = Enumerable.Range(0, Partitions).Select(index => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = index, Timestamp = Latest });
        var listed = await client.AskAsync<ListOffsetsRequest, ListOffsetsResponse>(
            new() { ReplicaId = -1, IsolationLevel = isolation, Topics = [new() { Name = Name, Partitions = [.. partitions] }] });
        var answers = listed.Topics[0].Partitions.OrderBy(partition => partition.PartitionIndex).ToList();
        Assert.All(answers, answer => Assert.Equal(ErrorCode.None, answer.ErrorCode));
        return [.. answers.Select(answer => answer.Offset)];
    }
}
