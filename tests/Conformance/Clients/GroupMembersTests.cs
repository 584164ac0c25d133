using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Moldau.Conformance.Clients;

/// <summary>
/// Members of a group that are programs of their own. They join in waves, each while those before are at work; when all are there, each does what is left of
/// its share and leaves, and the others take over. In the end every record was done once, to the record.
/// </summary>
public sealed class GroupMembersTests(ClientBroker broker)
{
    private const int Partitions = 5;

    /// <summary>What the group does after each wave: not so much that anyone has done its share and leaves before all have come.</summary>
    private const int RecordsOfWave = 40;

    /// <summary>How many records each member does, wave by wave.</summary>
    private static readonly int[][] Waves = [[250], [150, 120], [60, 20]];

    private static IEnumerable<int> Shares => Waves.SelectMany(wave => wave);

    private static int Records => Shares.Sum();

    [Fact]
    public Task Members_of_kafkajs_share_the_records() => ShareAsync(ClientProgram.KafkajsMember, ["share"]);

    [Fact]
    public Task Members_of_kafka_python_share_the_records() => ShareAsync(ClientProgram.PythonKafkaMember, ["share"]);

    /// <summary>
    /// By the classic protocol a commit of this client that comes too late for a generation joins the next and repeats itself in it, though the partition may
    /// be another member's by then.
    /// </summary>
    [Fact]
    public Task Members_of_platformatic_kafka_with_the_consumer_protocol_share_the_records() =>
        ShareAsync(ClientProgram.PlatformaticMember, ["share", "consumer"]);

    [Fact]
    public Task Transactions_of_Confluent_Kafka_with_the_consumer_protocol_write_every_record_once_whoever_comes_and_goes() =>
        TransformAsync(ClientProgram.ConfluentKafkaMember, ["transform", ConfluentMember.ByConsumerProtocol]);

    [Fact]
    public Task Transactions_of_Confluent_Kafka_with_cooperative_rebalances_write_every_record_once_whoever_comes_and_goes() =>
        TransformAsync(ClientProgram.ConfluentKafkaMember, ["transform", ConfluentMember.Cooperative]);

    [Fact]
    public Task Transactions_of_confluent_kafka_for_Python_write_every_record_once_whoever_comes_and_goes() =>
        TransformAsync(ClientProgram.PythonConfluentKafkaMember, ["transform"]);

    [Fact]
    public Task Transactions_of_kafkajs_write_every_record_once_whoever_comes_and_goes() => TransformAsync(ClientProgram.KafkajsMember, ["transform"]);

    [Fact]
    public Task Transactions_of_platformatic_kafka_write_every_record_once_whoever_comes_and_goes() =>
        TransformAsync(ClientProgram.PlatformaticMember, ["transform", "classic"]);

    private async Task ShareAsync(ClientProgram program, string[] action)
    {
        program.SkipIfMissing();
        string source = await broker.CreateTopicAsync("members-in", Partitions), group = broker.NewName("members");
        var members = await RunAsync(program, action, group, source);

        Assert.Equal(Shares, members.Select(member => member.Lines.Length));
        Assert.Equal(Records, members.SelectMany(member => member.Lines).Distinct().Count());
        Assert.Equal(Records, await CommittedAsync(group));
    }

    private async Task TransformAsync(ClientProgram program, string[] action)
    {
        program.SkipIfMissing();
        string source = await broker.CreateTopicAsync("members-in", Partitions), group = broker.NewName("members");
        string target = await broker.CreateTopicAsync("members-out");
        var members = await RunAsync(program, action, group, source, target);

        Assert.Equal(Shares.Select(share => $"done {share}"), members.Select(member => member.Lines[^1]));
        var written = TopicReader.ReadAll(broker, target).Select(record => int.Parse(record.Message.Value!));
        Assert.Equal(Enumerable.Range(0, Records), written.Order());
        Assert.Equal(Records, await CommittedAsync(group));
    }

    /// <param name="topics">The source, and for those who write a target.</param>
    private async Task<ProgramOutput[]> RunAsync(ClientProgram program, string[] action, string group, params string[] topics)
    {
        var members = new List<Task<ProgramOutput>>();
        int produced = 0;
        foreach (int[] wave in Waves)
        {
            members.AddRange(wave.Select(share => program.RunAsync([.. action, broker.Bootstrap, group, $"{share}", .. topics])));
            // All at once, each at partitions of its own: so another generation than before, or another epoch.
            await Eventually.IsAsync((members.Count, Partitions), () => Running(members, DividedAsync(group)));
            await ProduceAsync(topics[0], produced, produced += RecordsOfWave);
            await Eventually.IsAsync(produced, () => Running(members, CommittedAsync(group)));
        }
        await ProduceAsync(topics[0], produced, Records);
        return await Task.WhenAll(members);
    }

    /// <summary>A member that has failed says why.</summary>
    private static async Task<T> Running<T>(List<Task<ProgramOutput>> members, Task<T> look)
    {
        if (members.Find(member => member.IsFaulted) is { } failed) await failed;
        return await look;
    }

    private async Task ProduceAsync(string topic, int from, int to)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build();
        await Task.WhenAll(Enumerable.Range(from, to - from).Select(number =>
            producer.ProduceAsync(new TopicPartition(topic, number % Partitions), new() { Value = $"{number}" })));
    }

    /// <summary>How many members have partitions, and how many partitions they have together.</summary>
    private async Task<(int Members, int Partitions)> DividedAsync(string group)
    {
        using var admin = broker.Admin();
        try
        {
            var described = (await admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions[0];
            var shares = described.Members.Select(member => member.Assignment.TopicPartitions.Count).Where(share => share > 0).ToList();
            return (shares.Count, shares.Sum());
        }
        catch (DescribeConsumerGroupsException)
        {
            return default; // Its first member is still to come.
        }
    }

    /// <summary>The sum of what the group has committed, which has read each partition from its beginning.</summary>
    private async Task<int> CommittedAsync(string group)
    {
        using var admin = broker.Admin();
        var listed = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, null)]);
        return (int)listed[0].Partitions.Sum(partition => partition.Offset.Value);
    }
}
