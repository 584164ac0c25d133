using Moldau.Broker.Config;
using Moldau.Broker.Hosting;
using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Coordination.Groups;
using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Log.Files;
using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;
using Moldau.Protocol.Wire;

namespace Moldau.Broker.Tests.Hosting;

public sealed class CoordinatorLogTests : IAsyncDisposable
{
    private readonly LogDirectory _directory = LogDirectory.Open(new LogDirectoryOptions
    {
        Files = new MemoryFileStore(1L << 26),
        Path = "/log",
        JournalPath = "/journal",
        NewIdentity = new DirectoryIdentity { ClusterId = KafkaUuid.ToText(Guid.NewGuid()), NodeId = 1, DirectoryId = Guid.NewGuid() },
        CommitMode = CommitMode.Immediate,
    });

    private readonly Partition _partition;

    public CoordinatorLogTests() => _partition = new Partition
    {
        Log = _directory.Create(new PartitionName(TopicNames.ConsumerOffsets, 0), Guid.NewGuid(), LogSettings.Default),
        Config = BrokerConfig.Load(new KafkaBrokerOptions()).TopicConfig(new Dictionary<string, string> { ["max.message.bytes"] = "4096" }),
        LeaderEpoch = 3,
    };

    public ValueTask DisposeAsync() => _directory.DisposeAsync();

    [Fact]
    public async Task Records_are_read_back_as_they_were_appended()
    {
        var log = new CoordinatorLog(_partition);
        Assert.Equal(ErrorCode.None, log.Append([Offset("t", 1), Offset("u", 2)], utcMs: 1_000));
        Assert.Equal(ErrorCode.None, log.Append([GroupRecords.Gone("g", new TopicPartition("t", 0))], utcMs: 2_000));
        await log.CommittedAsync(log.EndOffset);
        Assert.True(log.IsCommitted(3));
        Assert.Equal(["t-0: 1", "u-0: 2", "t-0 is gone"], Replayed(log));
    }

    [Fact]
    public void Records_that_make_too_large_a_batch_are_refused_and_not_appended()
    {
        var log = new CoordinatorLog(_partition);
        Assert.Equal(ErrorCode.MessageTooLarge, log.Append([.. Enumerable.Range(0, 200).Select(number => Offset($"topic-{number}", number))], utcMs: 1_000));
        Assert.Equal(0, log.EndOffset);
    }

    [Fact]
    public void Records_of_a_transaction_count_when_it_is_committed_and_not_when_it_is_aborted()
    {
        var log = new CoordinatorLog(_partition);
        AppendTransactional(producerId: 7, Offset("committed", 1));
        AppendTransactional(producerId: 8, Offset("aborted", 2));
        log.Append([Offset("plain", 3)], utcMs: 1_000);
        AppendMarker(producerId: 8, ControlRecordType.Abort);
        AppendMarker(producerId: 7, ControlRecordType.Commit);
        AppendTransactional(producerId: 7, Offset("open", 4));
        Assert.Equal(["plain-0: 3", "committed-0: 1"], Replayed(log));
    }

    private static CoordinatorRecord Offset(string topic, long offset) =>
        GroupRecords.Of("g", new TopicPartition(topic, 0), new OffsetCommitValue { Offset = offset });

    private static List<string> Replayed(CoordinatorLog log)
    {
        var replayed = new List<string>();
        log.Replay((keyBytes, valueBytes) =>
        {
            var record = GroupRecords.Read(keyBytes, valueBytes)!;
            var key = Assert.IsType<OffsetCommitKey>(record.Key);
            replayed.Add(record.Value is OffsetCommitValue value ? $"{key.Topic}-{key.Partition}: {value.Offset}" : $"{key.Topic}-{key.Partition} is gone");
        });
        return replayed;
    }

    private void AppendTransactional(long producerId, CoordinatorRecord record)
    {
        using var key = new WireWriter();
        record.WriteKey(key);
        using var value = new WireWriter();
        record.WriteValue(value);
        Append(producerId, BatchAttributes.Transactional, key.Written.ToArray(), value.Written.ToArray());
    }

    private void AppendMarker(long producerId, ControlRecordType type) =>
        Append(producerId, BatchAttributes.Transactional | BatchAttributes.Control, ControlRecord.Key(type), ControlRecord.MarkerValue(0));

    private void Append(long producerId, BatchAttributes kind, byte[] key, byte[] value)
    {
        var options = new BatchOptions { ProducerId = producerId, ProducerEpoch = 0, BaseSequence = (kind & BatchAttributes.Control) != 0 ? -1 : 0, Kind = kind };
        using var batch = new BatchBuilder(options);
        batch.Append(1_000, key, value);
        Assert.Equal(ErrorCode.None, _partition.Log.Append(batch.Build(), new AppendContext { LeaderEpoch = 3, Origin = AppendOrigin.Coordinator }).Error);
    }
}
