using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Moldau.Conformance.Clients;

/// <summary>librdkafka as a member of groups: by the consumer protocol (KIP-848), by the classic one with its two ways of rebalancing, and by both.</summary>
public sealed class ConfluentGroupTests(GroupBroker broker) : IClassFixture<GroupBroker>, IDisposable
{
    private static int _names;

    private readonly List<IConsumer<string, string>> _consumers = [];

    /// <summary>How often each was given partitions, or had some taken.</summary>
    private readonly Dictionary<IConsumer<string, string>, int> _rebalances = [];

    /// <summary>A consumer that is let go of in the middle of a rebalance, as a test that fails would, never comes to its end unless it is closed.</summary>
    public void Dispose()
    {
        foreach (var consumer in _consumers)
        {
            try { consumer.Close(); }
            catch (ObjectDisposedException) { continue; } // By the test.
            catch (KafkaException fatal) when (fatal.Error.IsFatal) { } // It has told the test before.
            consumer.Dispose();
        }
    }

    public enum Kind
    {
        Consumer,
        ClassicEager,
        ClassicCooperative,
    }

    public static TheoryData<Kind> Kinds => [.. Enum.GetValues<Kind>()];

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Two_members_share_the_partitions_and_the_one_that_stays_takes_over(Kind kind)
    {
        string topic = await CreateAsync("shared", partitions: 4);
        string group = NewName("group");
        var first = Subscribe(group, topic, kind);
        await Eventually.IsAsync(4, () => Assigned(first));
        var second = Subscribe(group, topic, kind);
        await Eventually.IsAsync((2, 2), () => (Assigned(first), Assigned(second)));
        Assert.Empty(first.Assignment.Intersect(second.Assignment));
        first.Close();
        await Eventually.IsAsync(4, () => Assigned(second));
        second.Close();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Members_that_come_and_go_read_every_record_once(Kind kind)
    {
        string topic = await CreateAsync("churn", partitions: 6);
        string group = NewName("group");
        await ProduceAsync(topic, 0, 300);
        var seen = new List<string>();
        var steady = Subscribe(group, topic, kind);
        for (int round = 0; round < 3; round++)
        {
            var passing = Subscribe(group, topic, kind);
            await Eventually.IsAsync((3, 3), () => (Read(steady, seen), Read(passing, seen)));
            passing.Close();
        }
        await Eventually.IsAsync(6, () => Read(steady, seen));
        await ProduceAsync(topic, 300, 600);
        await Eventually.IsAsync(600, () =>
        {
            Read(steady, seen);
            return seen.Distinct().Count();
        });
        steady.Close();
        Assert.Equal(600, seen.Count);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task Partitions_of_a_member_that_goes_without_a_word_go_to_the_others(Kind kind)
    {
        string topic = await CreateAsync("wordless", partitions: 4);
        string group = NewName("group");
        var survivor = Subscribe(group, topic, kind);
        var victim = Subscribe(group, topic, kind);
        await Eventually.IsAsync((2, 2), () => (Assigned(survivor), Assigned(victim)));
        victim.Dispose(); // Which sends nothing, unlike Close.
        await Eventually.IsAsync(4, () => Assigned(survivor));
        survivor.Close();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task A_static_member_that_restarts_gets_its_partitions_back_and_the_others_notice_nothing(Kind kind)
    {
        string topic = await CreateAsync("static", partitions: 4);
        string group = NewName("group");
        IConsumer<string, string> Member(string instance) => Subscribe(group, topic, kind, instance);
        var other = Member("other");
        var restarting = Member("restarting");
        await Eventually.IsAsync((2, 2), () => (Assigned(other), Assigned(restarting)));
        var before = restarting.Assignment.Order().ToList();
        int rebalances = _rebalances[other];
        restarting.Close();
        restarting.Dispose();
        var restarted = Member("restarting");
        await Eventually.IsAsync((2, 2), () =>
        {
            try
            {
                return (Assigned(restarted), Assigned(other));
            }
            catch (ConsumeException fatal) when (fatal.Error.Code == ErrorCode.UnreleasedInstanceId)
            {
                // It waits a second for the answer to its word that it goes, and a busy disk may take longer. Who watches over it starts it again.
                restarted = Member("restarting");
                return (0, 0);
            }
        });
        Assert.Equal(before, restarted.Assignment.Order());
        Assert.Equal(rebalances, _rebalances[other]);
        restarted.Close();
        other.Close();
    }

    [Fact]
    public async Task A_pattern_finds_topics_that_come_later()
    {
        string stem = NewName("pattern");
        await CreateAsync(stem + "-a", partitions: 2, isWholeName: true);
        var consumer = Subscribe(NewName("group"), $"^{stem}-.*");
        await Eventually.IsAsync(2, () => Assigned(consumer));
        await CreateAsync(stem + "-b", partitions: 3, isWholeName: true);
        await Eventually.IsAsync(5, () => Assigned(consumer));
        consumer.Close();
    }

    [Fact]
    public async Task A_group_goes_on_where_it_was_when_the_broker_comes_back()
    {
        string topic = await CreateAsync("restart", partitions: 1);
        string group = NewName("group");
        await ProduceAsync(topic, 0, 10);
        var consumer = Subscribe(group, topic);
        var seen = new List<string>();
        await Eventually.IsAsync(10, () =>
        {
            Read(consumer, seen);
            return seen.Count;
        });
        await broker.RestartAsync();
        await ProduceAsync(topic, 10, 20);
        await Eventually.IsAsync(20, () =>
        {
            Read(consumer, seen);
            return seen.Count;
        });
        Assert.Equal(Enumerable.Range(0, 20).Select(i => $"{i}"), seen);
        consumer.Close();
        var later = Subscribe(group, topic);
        await ProduceAsync(topic, 20, 21);
        Assert.Equal("20", later.Consume(TimeSpan.FromSeconds(30)).Message.Value);
        later.Close();
    }

    [Theory]
    [InlineData(Kind.ClassicEager)]
    [InlineData(Kind.ClassicCooperative)]
    public async Task A_group_moves_from_the_classic_protocol_and_back_member_by_member_and_reads_every_record_once(Kind kind)
    {
        string topic = await CreateAsync("migration", partitions: 4);
        string group = NewName("group");
        var seen = new List<string>();
        int produced = 0;
        // What is produced is read while the group moves, and all of it before the group moves on.
        async Task MovesToAsync(params IConsumer<string, string>[] members)
        {
            await ProduceAsync(topic, produced, produced += 100);
            int[] shares = [];
            await Eventually.IsAsync((4, true, produced), () =>
            {
                shares = [.. members.Select(member => Read(member, seen))];
                return (shares.Sum(), shares.All(share => share > 0), seen.Count);
            });
        }

        var classic = Subscribe(group, topic, kind);
        await MovesToAsync(classic);
        var modern = Subscribe(group, topic);
        await MovesToAsync(classic, modern);
        var late = Subscribe(group, topic, kind);
        await MovesToAsync(classic, modern, late);
        modern.Close();
        await MovesToAsync(classic, late);
        late.Close();
        await MovesToAsync(classic);
        classic.Close();
        Assert.Equal(Enumerable.Range(0, produced), seen.Select(int.Parse).Order());
    }

    [Fact]
    public async Task A_consumer_group_is_described_listed_and_deleted()
    {
        string topic = await CreateAsync("described", partitions: 2);
        string group = NewName("group");
        var consumer = Subscribe(group, topic);
        await Eventually.IsAsync(2, () => Assigned(consumer));
        using var admin = Admin();
        var described = Assert.Single((await admin.DescribeConsumerGroupsAsync([group])).ConsumerGroupDescriptions);
        Assert.Equal((ConsumerGroupState.Stable, ConsumerGroupType.Consumer), (described.State, described.GroupType));
        Assert.Equal(2, Assert.Single(described.Members).Assignment.TopicPartitions.Count);
        var listed = (await admin.ListConsumerGroupsAsync()).Valid;
        Assert.Contains(listed, found => found.GroupId == group);
        consumer.Close();
        await admin.DeleteGroupsAsync([group]);
    }

    private static string NewName(string stem) => $"{stem}-{Interlocked.Increment(ref _names)}";

    private static void Classic(ConsumerConfig settings, PartitionAssignmentStrategy strategy)
    {
        settings.GroupProtocol = GroupProtocol.Classic;
        settings.PartitionAssignmentStrategy = strategy;
        settings.HeartbeatIntervalMs = 200;
        settings.SessionTimeoutMs = 10_000;
    }

    /// <summary>Rebalances are worked off inside Consume.</summary>
    private static int Assigned(IConsumer<string, string> consumer)
    {
        consumer.Consume(TimeSpan.FromMilliseconds(100));
        return consumer.Assignment.Count;
    }

    /// <summary>Reads what there is and commits it; how many partitions are assigned.</summary>
    private static int Read(IConsumer<string, string> consumer, List<string> seen)
    {
        while (consumer.Consume(TimeSpan.FromMilliseconds(50)) is { } result)
        {
            seen.Add(result.Message.Value);
            consumer.StoreOffset(result);
            Commit(consumer);
        }
        return consumer.Assignment.Count;
    }

    /// <summary>Commits what is stored, also when partitions are about to be taken.</summary>
    private static void Commit(IConsumer<string, string> consumer)
    {
        try { consumer.Commit(); }
        catch (KafkaException nothing) when (nothing.Error.Code == ErrorCode.Local_NoOffset) { }
        catch (KafkaException refused) when (refused.Error.Code is ErrorCode.StaleMemberEpoch or ErrorCode.IllegalGeneration or ErrorCode.RebalanceInProgress)
        {
            // Its generation or epoch is about to go up, and what is stored is committed later.
        }
    }

    private IAdminClient Admin() => new AdminClientBuilder(new AdminClientConfig { BootstrapServers = broker.Bootstrap }).Build();

    private async Task<string> CreateAsync(string stem, int partitions, bool isWholeName = false)
    {
        string topic = isWholeName ? stem : NewName(stem);
        using var admin = Admin();
        await admin.CreateTopicsAsync([new TopicSpecification { Name = topic, NumPartitions = partitions, ReplicationFactor = 1 }]);
        return topic;
    }

    private async Task ProduceAsync(string topic, int from, int to)
    {
        using var producer = new ProducerBuilder<Null, string>(new ProducerConfig { BootstrapServers = broker.Bootstrap }).Build();
        for (int i = from; i < to; i++) await producer.ProduceAsync(topic, new() { Value = $"{i}" });
    }

    private IConsumer<string, string> Subscribe(string group, string topic, Kind kind = Kind.Consumer, string? instance = null)
    {
        var settings = new ConsumerConfig
        {
            BootstrapServers = broker.Bootstrap,
            GroupId = group,
            GroupProtocol = GroupProtocol.Consumer,
            GroupInstanceId = instance,
            AutoOffsetReset = AutoOffsetReset.Earliest,
            EnableAutoCommit = false,
            EnableAutoOffsetStore = false,
            TopicMetadataRefreshIntervalMs = 1_000,
            // A heartbeat that a busy disk holds up makes the client connect anew: waiting for that longer than its session lasts, it would be fenced each time.
            ReconnectBackoffMaxMs = 500,
        };
        if (kind == Kind.ClassicEager) Classic(settings, PartitionAssignmentStrategy.Range);
        if (kind == Kind.ClassicCooperative) Classic(settings, PartitionAssignmentStrategy.CooperativeSticky);
        var consumer = new ConsumerBuilder<string, string>(settings)
            .SetPartitionsAssignedHandler((member, given) => CountRebalance(member, given.Count))
            .SetPartitionsRevokedHandler((member, taken) =>
            {
                CountRebalance(member, taken.Count);
                Commit(member);
            })
            .Build();
        _consumers.Add(consumer);
        _rebalances[consumer] = 0;
        consumer.Subscribe(topic);
        return consumer;
    }

    /// <summary>A cooperative client tells also of rebalances that gave it nothing, and that at any time after the others have what is theirs.</summary>
    private void CountRebalance(IConsumer<string, string> member, int partitions)
    {
        if (partitions > 0) _rebalances[member]++;
    }
}
