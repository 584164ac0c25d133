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

namespace Moldau.Broker.Tests.Hosting;

public sealed class CoordinatorLogTests : IAsyncDisposable
{
    private readonly MemoryFileStore _files = new(1L << 26);
    private readonly LogDirectory _directory;

    private static readonly TransactionalProducer First = new(ProducerId: 7, Epoch: 0), Second = new(ProducerId: 8, Epoch: 0);

    private readonly Partition _partition;

    public CoordinatorLogTests()
    {
        _directory = LogDirectory.Open(new LogDirectoryOptions
        {
            Files = _files,
            Path = "/log",
            JournalPath = "/journal",
            NewIdentity = new DirectoryIdentity { ClusterId = KafkaUuid.ToText(Guid.NewGuid()), NodeId = 1, DirectoryId = Guid.NewGuid() },
            CommitMode = CommitMode.Immediate,
        });
        _partition = new Partition
        {
            Log = _directory.Create(new PartitionName(TopicNames.ConsumerOffsets, 0), Guid.NewGuid(), LogSettings.Default),
            Config = BrokerConfig.Load(new KafkaBrokerOptions()).TopicConfig(new Dictionary<string, string> { ["max.message.bytes"] = "4096" }),
            LeaderEpoch = 3,
        };
    }

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
    public void Records_of_transactions_and_their_markers_are_read_back_as_such()
    {
        var log = new CoordinatorLog(_partition);
        Assert.Equal(ErrorCode.None, log.Append([Offset("committed", 1) with { Producer = First }], utcMs: 1_000));
        Assert.Equal(ErrorCode.None, log.Append([Offset("aborted", 2) with { Producer = Second }], utcMs: 1_000));
        Assert.Equal(ErrorCode.None, log.Append([Offset("plain", 3)], utcMs: 1_000));
        Assert.Equal(ErrorCode.None, log.Append([CoordinatorRecord.Marker(Second, new TransactionEnd(IsCommit: false, CoordinatorEpoch: 3))], utcMs: 1_000));
        Assert.Equal(ErrorCode.None, log.Append([CoordinatorRecord.Marker(First, new TransactionEnd(IsCommit: true, CoordinatorEpoch: 3))], utcMs: 1_000));
        Assert.Equal(["committed-0: 1 of 7", "aborted-0: 2 of 8", "plain-0: 3", "8 is aborted by 3", "7 is committed by 3"], Replayed(log));
    }

    [Fact]
    public void Offsets_of_a_transaction_that_ended_since_its_coordinator_was_asked_are_refused()
    {
        var log = new CoordinatorLog(_partition);
        var asked = First with { TransactionsEnded = _partition.Log.TransactionOf(First.ProducerId).Ended };
        Assert.Equal(ErrorCode.None, log.Append([CoordinatorRecord.Marker(First, new TransactionEnd(IsCommit: true, CoordinatorEpoch: 3))], utcMs: 1_000));
        Assert.Equal(ErrorCode.InvalidTxnState, log.Append([Offset("late", 1) with { Producer = asked }], utcMs: 1_000));
        Assert.Equal(_partition.Log.HighWatermark, _partition.Log.LastStableOffset);
    }

    [Fact]
    public void A_marker_that_must_raise_the_epoch_and_does_not_is_refused()
    {
        var log = new CoordinatorLog(_partition);
        Assert.Equal(ErrorCode.None, log.Append([Offset("t", 1) with { Producer = First }], utcMs: 1_000));
        var end = new TransactionEnd(IsCommit: true, CoordinatorEpoch: 3) { RaisesEpoch = true };
        Assert.Equal(ErrorCode.InvalidProducerEpoch, log.Append([CoordinatorRecord.Marker(First, end)], utcMs: 1_000));
        Assert.Equal(ErrorCode.None, log.Append([CoordinatorRecord.Marker(First with { Epoch = 1 }, end)], utcMs: 1_000));
    }

    [Fact]
    public void A_log_whose_newest_segment_is_damaged_is_not_taken_for_whole_as_what_is_appended_would_be_hidden()
    {
        var log = new CoordinatorLog(_partition);
        foreach (long offset in new[] { 0, 1, 2 }) Assert.Equal(ErrorCode.None, log.Append([Offset("t", offset)], utcMs: 1_000));
        DamageLengthOf(offset: 1);
        Assert.Throws<IOException>(() => Replayed(log));
        Assert.Equal(ErrorCode.None, log.Append([Offset("t", 3)], utcMs: 1_000));
        Assert.Throws<IOException>(() => Replayed(log));
    }

    [Fact]
    public void Damage_between_the_segments_of_a_log_is_told_and_what_stands_behind_it_is_read()
    {
        var log = new CoordinatorLog(_partition);
        foreach (long offset in new[] { 0, 1, 2 }) Assert.Equal(ErrorCode.None, log.Append([Offset("t", offset)], utcMs: 1_000));
        _partition.Log.Settings = LogSettings.Default with { SegmentBytes = 1 };
        Assert.Equal(ErrorCode.None, log.Append([Offset("t", 3)], utcMs: 1_000));
        DamageLengthOf(offset: 1);
        var replayed = new List<string>();
        Assert.Equal([(1, 2)], log.Replay(GroupRecords.Read, (record, _) => replayed.Add(Text(record))));
        Assert.Equal(["t-0: 0", "t-0: 3"], replayed);
    }

    /// <summary>Of one of the equally long batches in the first segment.</summary>
    private void DamageLengthOf(int offset)
    {
        using var file = _files.Open("/log/__consumer_offsets-0/00000000000000000000.log", FileCreation.Existing);
        using var first = _partition.Log.Read(0, 1, ReadBound.LogEnd);
        file.Write((offset * first.Records.Length) + 8, [0x7f]);
    }

    private static CoordinatorRecord Offset(string topic, long offset) =>
        GroupRecords.Of("g", new TopicPartition(topic, 0), new OffsetCommitValue { Offset = offset });

    private static List<string> Replayed(CoordinatorLog log)
    {
        var replayed = new List<string>();
        log.Replay(GroupRecords.Read, (record, _) => replayed.Add(Text(record)));
        return replayed;
    }

    private static string Text(CoordinatorRecord record)
    {
        if (record is { End: { } end, Producer: { } ended })
            return $"{ended.ProducerId} is {(end.IsCommit ? "committed" : "aborted")} by {end.CoordinatorEpoch}";
        var key = Assert.IsType<OffsetCommitKey>(record.Key);
        string partition = $"{key.Topic}-{key.Partition}";
        if (record.Value is not OffsetCommitValue value) return $"{partition} is gone";
        return record.Producer is { } producer ? $"{partition}: {value.Offset} of {producer.ProducerId}" : $"{partition}: {value.Offset}";
    }
}
