using System.Buffers.Binary;
using Moldau.Broker.Handover;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handover;

/// <summary>Breaks of the snapshots of a partition's producers and of its leader epochs.</summary>
public sealed class ProducerAndEpochTests
{
    private const string Snapshot = "producers-0/00000000000000000105.snapshot";
    private const string OpenTransaction = "txn-1/00000000000000000025.snapshot";
    private const string Epochs = "producers-0/leader-epoch-checkpoint";

    private readonly BrokenDirectory _directory = new();

    [Theory]
    [InlineData(1, 9, "version")]
    [InlineData(3, 9, "checksum")]
    [InlineData(9, 99, "room")]
    public void A_damaged_snapshot_of_the_producers_is_rebuilt(int at, byte value, string problem)
    {
        using var directory = _directory;
        directory.Patch(Snapshot, at, value);
        directory.AssertFinds(Outcome.Repaired, "ProducerStateManager", Snapshot, problem);
    }

    [Theory]
    [InlineData(8, 2, "epoch")]
    [InlineData(10, 4, "sequence")]
    [InlineData(14, 8, "itself of offset 105")]
    public void A_snapshot_of_the_producers_that_is_whole_and_wrong_is_believed(int at, int bytes, string problem)
    {
        using var directory = _directory;
        ChangeEntry(directory.PathOf(Snapshot), at, [.. Enumerable.Repeat((byte)0x11, bytes)]);
        directory.AssertFinds(Outcome.Lost, "ProducerStateManager", Snapshot, problem);
    }

    [Fact]
    public void A_snapshot_under_the_name_of_another_offset_is_found()
    {
        using var directory = _directory;
        File.Move(directory.PathOf(Snapshot), directory.PathOf("producers-0", "00000000000000000050.snapshot"));
        directory.AssertFinds(Outcome.Lost, "ProducerStateManager", "00000000000000000050.snapshot", "is itself of offset 50");
    }

    [Fact]
    public void A_snapshot_beyond_the_end_of_the_log_is_deleted()
    {
        using var directory = _directory;
        File.Move(directory.PathOf(Snapshot), directory.PathOf("producers-0", "00000000000000000500.snapshot"));
        directory.AssertFinds(Outcome.Repaired, "ProducerStateManager", "00000000000000000500.snapshot", "beyond the end");
    }

    [Theory]
    [InlineData(false, Outcome.Lost, "UnifiedLog")]
    [InlineData(true, Outcome.Repaired, "ProducerStateManager")]
    internal void Producers_without_a_snapshot_are_forgotten_after_a_clean_stop_only(bool isAfterCrash, Outcome outcome, string kafkaClass)
    {
        using var directory = _directory;
        if (isAfterCrash) directory.Uncleanly();
        File.Delete(directory.PathOf(Snapshot));
        directory.AssertFinds(outcome, kafkaClass, "/producers-0", "no snapshot");
    }

    [Fact]
    public void An_open_transaction_that_the_snapshot_does_not_know_is_found()
    {
        using var directory = _directory;
        string path = directory.PathOf(OpenTransaction);
        for (int entry = 0; entry < (File.ReadAllBytes(path).Length - 10) / 46; entry++) ChangeEntry(path, (46 * entry) + 38, [.. Enumerable.Repeat((byte)0xff, 8)]);
        directory.AssertFinds(Outcome.Lost, "ProducerStateManager", OpenTransaction, "open since offset 18");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_batch_outside_of_its_producer_s_open_transaction_keeps_Kafka_from_starting_where_it_is_replayed(bool isReplayed)
    {
        using var directory = _directory;
        var open = Batches("txn-1").Last(batch => batch.IsTransactional && !batch.IsControl);
        directory.Append("txn-1/" + BrokenDirectory.FirstLog, Batch(25, open.ProducerId, open.ProducerEpoch, BatchAttributes.None, records: 1));
        if (!isReplayed) File.Move(directory.PathOf(OpenTransaction), directory.PathOf("txn-1", "00000000000000000026.snapshot"));
        Assert.Equal(isReplayed, directory.Check().Exists(finding => finding is { Outcome: Outcome.Refused, KafkaClass: "ProducerAppendInfo" }));
    }

    [Fact]
    public void An_emptied_marker_says_nothing_of_its_producer()
    {
        using var directory = _directory;
        directory.Append("producers-0/" + BrokenDirectory.FirstLog, Batch(105, 999, 3, BatchAttributes.Control | BatchAttributes.Transactional, records: 0));
        string path = directory.PathOf("producers-0", "00000000000000000106.snapshot");
        byte[] ofNone = [.. new byte[6], .. (byte[])[3, 231], .. Enumerable.Repeat((byte)0xff, 14), .. new byte[4], .. Enumerable.Repeat((byte)0xff, 20)];
        byte[] snapshot = [.. File.ReadAllBytes(directory.PathOf(Snapshot)), .. ofNone];
        snapshot[9]++;
        File.WriteAllBytes(path, snapshot);
        ChangeEntry(path, 0, []);
        Assert.Single(directory.Check());
    }

    [Theory]
    [InlineData("1\n1\n0 0\n", Outcome.Refused, "LeaderEpochCheckpointFile")]
    [InlineData("0\n2\n0 0\n", Outcome.Refused, "LeaderEpochCheckpointFile")]
    [InlineData("0\nx\n0 0\n", Outcome.Refused, "LeaderEpochCheckpointFile")]
    [InlineData("0\n1\n0\n", Outcome.Refused, "LeaderEpochCheckpointFile")]
    [InlineData("0\n1\nzero 0\n", Outcome.Refused, "LeaderEpochCheckpointFile")]
    [InlineData("0\n1\n0 -5\n", Outcome.Refused, "LeaderEpochFileCache")]
    [InlineData("0\n1\n-1 0\n", Outcome.Refused, "LeaderEpochFileCache")]
    [InlineData("0\n2\n0 0\n0 50\n", Outcome.Lost, "LeaderEpochFileCache")]
    [InlineData("0\n2\n0 50\n1 20\n", Outcome.Lost, "LeaderEpochFileCache")]
    [InlineData("0\n2\n0 0\n1 50\n", Outcome.Lost, "LeaderEpochFileCache")]
    [InlineData("0\n1\n0 50\n", Outcome.Lost, "LeaderEpochFileCache")]
    [InlineData("", Outcome.Lost, "LeaderEpochFileCache")]
    [InlineData("0\n2\n0 0\n1 500\n", Outcome.Repaired, "LeaderEpochFileCache")]
    internal void Leader_epochs_that_are_wrong_are_found(string text, Outcome outcome, string kafkaClass)
    {
        using var directory = _directory;
        directory.Write(Epochs, text);
        directory.AssertFinds(outcome, kafkaClass, Epochs);
    }

    [Fact]
    public void Missing_leader_epochs_are_noted_again_by_recovery()
    {
        using var directory = _directory.Uncleanly();
        File.Delete(directory.PathOf(Epochs));
        directory.AssertFinds(Outcome.Repaired, "LogSegment", Epochs);
    }

    private List<BatchHeader> Batches(string partition)
    {
        var found = new List<BatchHeader>();
        for (var batches = new BatchEnumerator(File.ReadAllBytes(_directory.PathOf(partition, BrokenDirectory.FirstLog))); batches.MoveNext();) found.Add(batches.Current);
        return found;
    }

    private static byte[] Batch(long baseOffset, long producerId, short epoch, BatchAttributes kind, int records)
    {
        var options = new BatchOptions { BaseOffset = baseOffset, LastOffset = baseOffset, LeaderEpoch = 0, ProducerId = producerId, ProducerEpoch = epoch, Kind = kind };
        using var batch = new BatchBuilder(options);
        for (int i = 0; i < records; i++) batch.Append(1_795_592_000_000, null, "value"u8.ToArray());
        return batch.Build().ToArray();
    }

    /// <summary>Changes bytes counted from the first entry, and makes the checksum right again.</summary>
    private static void ChangeEntry(string path, int at, byte[] bytes)
    {
        byte[] snapshot = File.ReadAllBytes(path);
        bytes.CopyTo(snapshot, 10 + at);
        BinaryPrimitives.WriteUInt32BigEndian(snapshot.AsSpan(2), Crc32C.Compute(snapshot.AsSpan(6)));
        File.WriteAllBytes(path, snapshot);
    }
}
