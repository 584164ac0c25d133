using Confluent.Kafka;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Streams;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;
using TopicPartition = Confluent.Kafka.TopicPartition;

namespace Moldau.Cli.Clients;

/// <summary>When things happened to a group. No request tells it, so it is read from the group's records in <c>__consumer_offsets</c>.</summary>
internal sealed record GroupTimes
{
    private static readonly TimeSpan ReadPatience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(200);

    /// <summary>Of each partition the last commit.</summary>
    public IReadOnlyDictionary<TopicPartition, DateTimeOffset> Commits { get; init; } = new Dictionary<TopicPartition, DateTimeOffset>();

    public DateTimeOffset? LastCommit => Commits.Count == 0 ? null : Commits.Values.Max();

    /// <summary>When the group lost its last member; unknown where it never had one, and where Kafka did not store it.</summary>
    public DateTimeOffset? EmptySince { get; init; }

    /// <summary>When it was decided what the members of a consumer or streams group are to have.</summary>
    public DateTimeOffset? TargetMade { get; init; }

    /// <summary>Unknown times where the user may not read the topic, or it is too long to be read in a few seconds.</summary>
    public static GroupTimes Read(Cluster cluster, Connection connection, string group)
    {
        int partitions = cluster.Partitions(TopicNames.ConsumerOffsets);
        return partitions > 0 && Replay(connection, group, Coordination.CoordinatorKey.PartitionOf(group, partitions)) is { } stored
            ? Of(stored, group)
            : new GroupTimes();
    }

    public DateTimeOffset? CommitOf(TopicPartition partition) => Commits.TryGetValue(partition, out var time) ? time : null;

    private static GroupTimes Of(DurableGroups stored, string group) => new()
    {
        Commits = stored.Offsets(group).ToDictionary(
            offset => new TopicPartition(offset.Key.Topic, offset.Key.Partition), offset => At(offset.Value.CommitTimestamp)),
        EmptySince = EmptySinceMs(stored, group) is { } since ? At(since) : null,
        TargetMade = TargetMadeMs(stored, group) is { } made ? At(made) : null,
    };

    private static long? EmptySinceMs(DurableGroups stored, string group) => stored.Group(group) is { Members.Count: 0, ProtocolType.Length: > 0, CurrentStateTimestamp: > 0 and var since }
        ? since
        : stored.Consumer(group)?.EmptySinceMs ?? stored.Streams(group)?.EmptySinceMs;

    private static long? TargetMadeMs(DurableGroups stored, string group) => (stored.Consumer(group), stored.Streams(group)) switch
    {
        ({ Members.Count: > 0, TargetTimestampMs: > 0 and var made }, _) => made,
        (_, { Members.Count: > 0, TargetTimestampMs: > 0 and var made }) => made,
        _ => null,
    };

    private static DateTimeOffset At(long ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms);

    private static DurableGroups? Replay(Connection connection, string group, int partition)
    {
        var config = new ConsumerConfig(connection.ToConfig())
        {
            GroupId = group, // The client wants one; nothing is joined or committed.
            EnableAutoCommit = false,
            EnablePartitionEof = true,
            IsolationLevel = IsolationLevel.ReadCommitted,
        };
        using var reader = new ConsumerBuilder<byte[], byte[]>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        reader.Assign(new TopicPartitionOffset(TopicNames.ConsumerOffsets, partition, Offset.Beginning));
        var stored = new DurableGroups();
        long endMs = Environment.TickCount64 + (long)ReadPatience.TotalMilliseconds;
        try
        {
            while (Environment.TickCount64 < endMs)
            {
                var read = reader.Consume(Poll);
                if (read is { IsPartitionEOF: true })
                {
                    return stored;
                }

                if (read is not null)
                {
                    Apply(read.Message, group, stored);
                }
            }
        }
        catch (ConsumeException)
        {
            // This user may not read it: then the times are not known.
        }

        return null;
    }

    private static void Apply(Message<byte[], byte[]> message, string group, DurableGroups stored)
    {
        try
        {
            ReadOnlyMemory<byte>? value = null;
            if (message.Value is { } bytes)
            {
                value = bytes;
            }

            if (message.Key is { } key && GroupRecords.Read(key, value) is { } record && GroupOf(record.Key) == group)
            {
                stored.Apply(record);
            }
        }
        catch (MalformedMessageException)
        {
            // A record of a newer Kafka says nothing here.
        }
    }

    private static string? GroupOf(IMessage? key) => key switch
    {
        OffsetCommitKey offset => offset.Group,
        GroupMetadataKey metadata => metadata.Group,
        _ => ConsumerGroupReplay.GroupOf(key) ?? StreamsGroupReplay.GroupOf(key),
    };
}
