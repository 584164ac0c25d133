using Confluent.Kafka;

namespace Moldau.Conformance.Clients;

/// <summary>
/// Members of a group that are programs of their own and come and go: each does so many records and leaves, and the others take over. In the end every
/// record was done once, to the record.
/// </summary>
public sealed class GroupMembersTests(ClientBroker broker)
{
    private const int Partitions = 4;

    /// <summary>How many records each member does.</summary>
    private static readonly int[] Shares = [20, 60, 120, 150, 250];

    private static int Records => Shares.Sum();

    [Fact]
    public Task Members_of_kafkajs_share_the_records() => ShareAsync(ClientProgram.KafkajsMember, ["share"]);

    [Fact]
    public Task Members_of_kafka_python_share_the_records() => ShareAsync(ClientProgram.PythonKafkaMember, ["share"]);

    /// <summary>Members of the classic protocol of this client go on with what they read before a rebalance, and commit it for the new generation.</summary>
    [Fact]
    public Task Members_of_platformatic_kafka_with_the_consumer_protocol_share_the_records() =>
        ShareAsync(ClientProgram.PlatformaticMember, ["share", "consumer"]);

    [Fact]
    public Task Transactions_of_confluent_kafka_for_Python_write_every_record_once_whoever_comes_and_goes() =>
        TransformAsync(ClientProgram.PythonConfluentKafkaMember, ["transform"], Shares);

    /// <summary>Alone: its offsets do not name the member, so that nobody fences one whose partitions have gone to another.</summary>
    [Fact]
    public Task Transactions_of_kafkajs_write_every_record_once() => TransformAsync(ClientProgram.KafkajsMember, ["transform"], [200]);

    /// <inheritdoc cref="Transactions_of_kafkajs_write_every_record_once"/>
    [Fact]
    public Task Transactions_of_platformatic_kafka_write_every_record_once() =>
        TransformAsync(ClientProgram.PlatformaticMember, ["transform", "classic"], [200]);

    private async Task ShareAsync(ClientProgram program, string[] action)
    {
        program.SkipIfMissing();
        string source = await FilledAsync(Records), group = broker.NewName("members");
        var members = await RunAsync(program, action, Shares, group, source);

        Assert.Equal(Shares, members.Select(member => member.Lines.Length));
        Assert.Equal(Records, members.SelectMany(member => member.Lines).Distinct().Count());
        Assert.Equal(Records, await CommittedAsync(group));
    }

    private async Task TransformAsync(ClientProgram program, string[] action, int[] shares)
    {
        program.SkipIfMissing();
        string source = await FilledAsync(shares.Sum()), group = broker.NewName("members");
        string target = await broker.CreateTopicAsync("members-out");
        var members = await RunAsync(program, action, shares, group, source, target);

        Assert.Equal(shares.Select(share => $"done {share}"), members.Select(member => member.Lines[^1]));
        var written = TopicReader.ReadAll(broker, target).Select(record => int.Parse(record.Message.Value!));
        Assert.Equal(Enumerable.Range(0, shares.Sum()), written.Order());
        Assert.Equal(shares.Sum(), await CommittedAsync(group));
    }

    private Task<ProgramOutput[]> RunAsync(ClientProgram program, string[] action, int[] shares, string group, params string[] topics) =>
        Task.WhenAll(shares.Select(share => program.RunAsync([.. action, broker.Bootstrap, group, $"{share}", .. topics])));

    private async Task<string> FilledAsync(int records)
    {
        string topic = await broker.CreateTopicAsync("members-in", Partitions);
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build();
        await Task.WhenAll(Enumerable.Range(0, records).Select(number =>
            producer.ProduceAsync(new TopicPartition(topic, number % Partitions), new() { Value = $"{number}" })));
        return topic;
    }

    /// <summary>The sum of what the group has committed, which has read each partition from its beginning.</summary>
    private async Task<long> CommittedAsync(string group)
    {
        using var admin = broker.Admin();
        var listed = await admin.ListConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitions(group, null)]);
        return listed[0].Partitions.Sum(partition => partition.Offset.Value);
    }
}
