using System.Buffers.Binary;
using System.Text;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Groups.Consumer;
using Moldau.Coordination.Groups.Offsets;
using Moldau.Coordination.Metadata;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Wire;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>The requests that the commands of a scenario stand for.</summary>
internal static class ScenarioRequests
{
    /// <summary>Assignments are read with their topics, whatever those are.</summary>
    private static readonly TopicsImage AnyTopic = new[] { "t", "u" }.Aggregate(ClusterImage.Empty, (image, name) => image.With(name, 1)).Topics;

    public static object? Of(ScenarioLine line) => line.Verb switch
    {
        "join" => Join(line),
        "sync" => Sync(line),
        "heartbeat" => new HeartbeatRequest
        {
            GroupId = Group(line),
            MemberId = Id(line.Text("id", "")),
            GroupInstanceId = line.TextOrNull("instance"),
            GenerationId = line.Number("generation", 1),
        },
        "leave" => Leave(line),
        "beat" => Beat(line),
        "describe-consumers" => new DescribeConsumerGroup(Group(line)),
        "commit" => Commit(line),
        "fetch" => new FetchOffsets(Fetch(line), OnlyStable: line.Text("stable", "no") == "yes"),
        "txn-commit" => new CommitInTransaction(CommitInTransaction(line), Producer(line)),
        "txn-end" => new EndTransactionOfOffsets(Producer(line), new TransactionEnd(line.Text("outcome", "commit") == "commit", CoordinatorEpoch: 0)),
        "describe" => new DescribeGroup(Group(line)),
        "list" => new GroupFilter([.. line.Pairs("states").Select(pair => pair.Name)], [.. line.Pairs("types").Select(pair => pair.Name)]),
        "delete" => new DeleteGroup(Group(line)),
        "delete-offsets" => new OffsetDeleteRequest
        {
            GroupId = Group(line),
            Topics = line.Pairs("topics").Select(pair => new OffsetDeleteRequest.OffsetDeleteRequestTopic
            {
                Name = pair.Name,
                Partitions = [new OffsetDeleteRequest.OffsetDeleteRequestPartition { PartitionIndex = 0 }],
            }).ToList(),
        },
        _ => ShareScenarioRequests.Of(line),
    };

    public static short Version(ScenarioLine line) => (short)line.Number("v", line.Verb switch
    {
        "join" or "commit" => 9,
        "fetch" => 8,
        "heartbeat" => 4,
        "beat" or "stream" => 1,
        _ => 5,
    });

    /// <summary>Scenarios write the id of the n-th request as its client's name, a dash and n.</summary>
    public static string Id(string text)
    {
        if (text.StartsWith('#')) return KafkaUuid.ToText(FreshId(int.Parse(text.AsSpan(1))));
        int dash = text.LastIndexOf('-');
        return dash > 0 && int.TryParse(text.AsSpan(dash + 1), out int number) ? $"{text[..dash]}-{FreshId(number)}" : text;
    }

    /// <summary>The same the other way round; an id without a name is one of a consumer group.</summary>
    public static string ShortId(string id)
    {
        const int FreshLength = 36;
        if (KafkaUuid.TryParse(id, out var alone)) return $"#{alone.ToByteArray()[15]}";
        return id.Length > FreshLength && Guid.TryParse(id.AsSpan(id.Length - FreshLength), out var fresh)
            ? $"{id[..^FreshLength]}{fresh.ToByteArray()[15]}"
            : id;
    }

    /// <summary>
    /// What the classic protocol of consumers carries is shown by what it says: partitions that are assigned, and after a bar those that are
    /// owned. All else is shown as text.
    /// </summary>
    public static string TextOf(byte[] bytes)
    {
        if (bytes is not [0, _, ..]) return Encoding.UTF8.GetString(bytes);
        if (ConsumerProtocolBytes.TryReadAssignment(bytes, AnyTopic, out var assigned)) return TextOf(assigned);
        if (!ConsumerProtocolBytes.TryReadSubscription(bytes, out var subscription) || subscription.OwnedPartitions.Count == 0) return "";
        return "|" + TextOf(ConsumerProtocolBytes.Owned(subscription, AnyTopic));
    }

    public static Guid FreshId(int number) => new(0, 0, 0, [0, 0, 0, 0, 0, 0, 0, (byte)number]);

    private static string TextOf(IEnumerable<TopicIdPartition> partitions) =>
        string.Join("+", partitions.Order().Select(partition => $"{ScenarioTopics.NameOf(partition.Topic)}-{partition.Partition}"));

    private static string Group(ScenarioLine line) => line.Text("group", "g");

    /// <summary>A subscription is written as its topics, and after a bar the partitions that are owned: <c>*t+u|t-0</c>; an assignment as <c>+t-0+t-1</c>, with its assignor's own data as <c>+t-0&amp;data</c>.</summary>
    private static byte[] Bytes(string text)
    {
        if (text.StartsWith('+'))
        {
            string[] assignment = text[1..].Split('&');
            var assigned = assignment[0].Split('+').Select(Partition).Select(partition => new TopicIdPartition(ScenarioTopics.IdOf(partition.Topic), partition.Partition));
            byte[] bytes = ConsumerProtocolBytes.Assignment(assigned, AnyTopic, new byte[2]);
            return assignment.Length == 1 ? bytes : WithUserData(bytes, assignment[1]);
        }
        if (!text.StartsWith('*')) return Encoding.UTF8.GetBytes(text);
        string[] parts = text[1..].Split('|');
        var subscription = new ConsumerProtocolSubscription { Topics = [.. parts[0].Split('+')] };
        var owned = parts.Length > 1 ? parts[1].Split('+', StringSplitOptions.RemoveEmptyEntries).Select(Partition) : [];
        foreach (var topic in owned.GroupBy(partition => partition.Topic))
            subscription.OwnedPartitions.Add(new() { Topic = topic.Key, Partitions = [.. topic.Select(partition => partition.Partition)] });
        using var writer = new WireWriter();
        writer.WriteInt16(1);
        subscription.Write(writer, version: 1);
        return writer.Written.ToArray();
    }

    /// <summary>The data come last, after their length, which says so far that there are none.</summary>
    private static byte[] WithUserData(byte[] assignment, string data)
    {
        byte[] length = new byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(length, data.Length);
        return [.. assignment[..^length.Length], .. length, .. Encoding.UTF8.GetBytes(data)];
    }

    /// <summary>A partition of it is written as a topic's; the member says nothing of what its line leaves out.</summary>
    private static ConsumerGroupHeartbeatRequest Beat(ScenarioLine line)
    {
        bool joins = line.Number("epoch", 0) == 0;
        string? owned = line.TextOrNull("owns") ?? (joins ? "" : null);
        return new ConsumerGroupHeartbeatRequest
        {
            GroupId = Group(line),
            MemberId = Id(line.Text("id", line.Subject)),
            MemberEpoch = line.Number("epoch", 0),
            InstanceId = line.TextOrNull("instance"),
            RackId = line.TextOrNull("rack"),
            RebalanceTimeoutMs = line.Number("rebalance", joins ? 60_000 : -1),
            SubscribedTopicNames = line.TextOrNull("topics")?.Split(',', StringSplitOptions.RemoveEmptyEntries).ToList(),
            SubscribedTopicRegex = line.TextOrNull("pattern"),
            ServerAssignor = line.TextOrNull("assignor"),
            TopicPartitions = owned?.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Partition).GroupBy(partition => partition.Topic)
                .Select(topic => new ConsumerGroupHeartbeatRequest.TopicPartitionsData
                {
                    TopicId = ScenarioTopics.IdOf(topic.Key),
                    Partitions = [.. topic.Select(partition => partition.Partition)],
                }).ToList(),
        };
    }

    private static JoinGroupRequest Join(ScenarioLine line) => new()
    {
        GroupId = Group(line),
        MemberId = Id(line.Text("id", "")),
        GroupInstanceId = line.TextOrNull("instance"),
        SessionTimeoutMs = line.Number("session", 30_000),
        RebalanceTimeoutMs = line.Number("rebalance", 60_000),
        ProtocolType = line.Text("type", "consumer"),
        Protocols =
        [
            .. (line.TextOrNull("protocols") is null ? [("range", "m")] : line.Pairs("protocols")).Select(protocol =>
                new JoinGroupRequest.JoinGroupRequestProtocol { Name = protocol.Item1, Metadata = Bytes(protocol.Item2) }),
        ],
    };

    private static SyncGroupRequest Sync(ScenarioLine line) => new()
    {
        GroupId = Group(line),
        MemberId = Id(line.Text("id", "")),
        GroupInstanceId = line.TextOrNull("instance"),
        GenerationId = line.Number("generation", 1),
        ProtocolType = line.Text("type", "consumer"),
        ProtocolName = line.Text("protocol", "range"),
        Assignments =
        [
            .. line.Pairs("assign").Select(pair => new SyncGroupRequest.SyncGroupRequestAssignment { MemberId = Id(pair.Name), Assignment = Bytes(pair.Value) }),
        ],
    };

    private static LeaveGroupRequest Leave(ScenarioLine line) => new()
    {
        GroupId = Group(line),
        MemberId = Id(line.Text("id", "")),
        Members =
        [
            .. line.Pairs("ids").Select(pair => new LeaveGroupRequest.MemberIdentity
            {
                MemberId = pair.Name == "?" ? "" : Id(pair.Name),
                GroupInstanceId = pair.Value.Length == 0 ? null : pair.Value,
            }),
        ],
    };

    private static OffsetCommitRequest Commit(ScenarioLine line) => new()
    {
        GroupId = Group(line),
        MemberId = Id(line.Text("id", "")),
        GroupInstanceId = line.TextOrNull("instance"),
        GenerationIdOrMemberEpoch = line.Number("generation", -1),
        RetentionTimeMs = line.Number("retention", -1),
        Topics =
        [
            .. line.Pairs("offsets").Select(pair => (Partition: Partition(pair.Name), Offset: pair.Value)).GroupBy(pair => pair.Partition.Topic).Select(topic =>
                new OffsetCommitRequest.OffsetCommitRequestTopic
                {
                    Name = topic.Key,
                    TopicId = line.TextOrNull("ids") is null ? Guid.Empty : ScenarioTopics.IdOf(topic.Key),
                    Partitions =
                    [
                        .. topic.Select(pair => new OffsetCommitRequest.OffsetCommitRequestPartition
                        {
                            PartitionIndex = pair.Partition.Partition,
                            CommittedOffset = long.Parse(pair.Offset),
                            CommittedLeaderEpoch = line.Number("epoch", -1),
                            CommittedMetadata = line.TextOrNull("metadata"),
                        }),
                    ],
                }),
        ],
    };

    private static TransactionalProducer Producer(ScenarioLine line) => new(line.Number("producer", 7), (short)line.Number("epoch", 0));

    private static TxnOffsetCommitRequest CommitInTransaction(ScenarioLine line) => new()
    {
        GroupId = Group(line),
        MemberId = Id(line.Text("id", "")),
        GroupInstanceId = line.TextOrNull("instance"),
        GenerationIdOrMemberEpoch = line.Number("generation", -1),
        Topics =
        [
            .. line.Pairs("offsets").Select(pair => (Partition: Partition(pair.Name), Offset: pair.Value)).Select(pair =>
                new TxnOffsetCommitRequest.TxnOffsetCommitRequestTopic
                {
                    Name = pair.Partition.Topic,
                    TopicId = line.TextOrNull("ids") is null ? Guid.Empty : ScenarioTopics.IdOf(pair.Partition.Topic),
                    Partitions = [new() { PartitionIndex = pair.Partition.Partition, CommittedOffset = long.Parse(pair.Offset) }],
                }),
        ],
    };

    private static OffsetFetchRequest.OffsetFetchRequestGroup Fetch(ScenarioLine line) => new()
    {
        GroupId = Group(line),
        MemberId = line.TextOrNull("id") is { } id ? Id(id) : null,
        MemberEpoch = line.Number("member-epoch", -1),
        Topics = line.TextOrNull("partitions") is null ? null :
        [
            .. line.Pairs("partitions").Select(pair => Partition(pair.Name)).GroupBy(partition => partition.Topic).Select(topic =>
                new OffsetFetchRequest.OffsetFetchRequestTopics
                {
                    Name = topic.Key,
                    TopicId = line.TextOrNull("topic-id") is { } id ? ScenarioTopics.IdOf(id) : Guid.Empty,
                    PartitionIndexes = [.. topic.Select(partition => partition.Partition)],
                }),
        ],
    };

    private static TopicPartition Partition(string text)
    {
        int dash = text.LastIndexOf('-');
        if (dash > 0 && text[dash - 1] == '-') dash--; // The number is negative.
        return new TopicPartition(text[..dash], int.Parse(text.AsSpan(dash + 1)));
    }
}
