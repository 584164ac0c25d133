using System.Text;
using Moldau.Coordination.Groups;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Groups;

/// <summary>The requests that the commands of a scenario stand for.</summary>
internal static class ScenarioRequests
{
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
        _ => null,
    };

    public static short Version(ScenarioLine line) => (short)line.Number("v", line.Verb switch
    {
        "join" or "commit" => 9,
        "fetch" => 8,
        "heartbeat" => 4,
        _ => 5,
    });

    /// <summary>Scenarios write the id of the n-th request as its client's name, a dash and n.</summary>
    public static string Id(string text)
    {
        int dash = text.LastIndexOf('-');
        return dash > 0 && int.TryParse(text.AsSpan(dash + 1), out int number) ? $"{text[..dash]}-{FreshId(number)}" : text;
    }

    public static Guid FreshId(int number) => new(0, 0, 0, [0, 0, 0, 0, 0, 0, 0, (byte)number]);

    private static string Group(ScenarioLine line) => line.Text("group", "g");

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

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
                    Partitions = [new() { PartitionIndex = pair.Partition.Partition, CommittedOffset = long.Parse(pair.Offset) }],
                }),
        ],
    };

    private static OffsetFetchRequest.OffsetFetchRequestGroup Fetch(ScenarioLine line) => new()
    {
        GroupId = Group(line),
        Topics = line.TextOrNull("partitions") is null ? null :
        [
            .. line.Pairs("partitions").Select(pair => Partition(pair.Name)).GroupBy(partition => partition.Topic).Select(topic =>
                new OffsetFetchRequest.OffsetFetchRequestTopics { Name = topic.Key, PartitionIndexes = [.. topic.Select(partition => partition.Partition)] }),
        ],
    };

    private static TopicPartition Partition(string text)
    {
        int dash = text.LastIndexOf('-');
        return new TopicPartition(text[..dash], int.Parse(text.AsSpan(dash + 1)));
    }
}
