using System.Buffers.Binary;
using Moldau.Broker.Handover;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handover;

/// <summary>Breaks of segments and their indexes. After a clean stop Kafka looks at none of them; after a crash it recovers the last ones.</summary>
public sealed class SegmentTests
{
    private const string Partition = "segments-0";
    private const string First = "segments-0/" + BrokenDirectory.FirstLog;
    private const string Last = "segments-0/00000000000000003077.log";

    private readonly BrokenDirectory _directory = new();

    [Fact]
    public void A_wrong_checksum_after_a_clean_stop_is_served_as_it_is()
    {
        using var directory = _directory;
        directory.Patch(First, 100, 0x55);
        Assert.Equal(0, directory.AssertFinds(Outcome.Lost, "LogSegment", First, "checksum").Position);
    }

    [Fact]
    public void What_a_damaged_header_claims_of_offsets_is_not_held_against_the_batches_behind_it()
    {
        using var directory = _directory;
        directory.Patch(First, 25, 0xff); // Of the last offset's delta.
        var found = Assert.Single(directory.Check(), finding => finding.File.EndsWith(First, StringComparison.Ordinal));
        Assert.Contains("checksum", found.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_checksum_before_the_recovery_point_is_not_looked_for_after_a_crash_either()
    {
        using var directory = _directory.Uncleanly();
        directory.Patch(First, 100, 0x55);
        directory.AssertFinds(Outcome.Lost, "LogSegment", First, "checksum");
    }

    [Fact]
    public void A_wrong_checksum_behind_the_recovery_point_makes_Kafka_cut_what_follows()
    {
        using var directory = _directory.Uncleanly();
        directory.Patch(Last, 100, 0x55);
        directory.AssertFinds(Outcome.Lost, "LogLoader", Last, "Good batches follow");
        directory.AssertFinds(Outcome.Lost, "UnifiedLog", Partition, "recovery-point-offset-checkpoint");
    }

    [Theory]
    [InlineData(false, Outcome.Lost)]
    [InlineData(true, Outcome.Repaired)]
    internal void A_torn_end_is_cut_off_after_a_crash_only(bool isAfterCrash, Outcome outcome)
    {
        using var directory = _directory;
        directory.Append(Last, Batch(3500, 1)[..^7]);
        if (isAfterCrash) directory.Uncleanly();
        Assert.Equal(431967, directory.AssertFinds(outcome, "LogSegment", Last, "not a whole one").Position);
    }

    [Theory]
    [InlineData(false, Outcome.Refused, "FileLogInputStream")]
    [InlineData(true, Outcome.Repaired, "LogSegment")]
    internal void Zeros_at_the_end_are_cut_off_after_a_crash_only(bool isAfterCrash, Outcome outcome, string kafkaClass)
    {
        using var directory = _directory;
        directory.Append(Last, new byte[1000]);
        if (isAfterCrash) directory.Uncleanly();
        directory.AssertFinds(outcome, kafkaClass, Last, "1000 bytes");
    }

    [Theory]
    [InlineData(3400, "holds offsets again")]
    [InlineData(3000, "stands in the segment that begins at offset 3077")]
    public void Offsets_that_do_not_rise_are_found(long baseOffset, string problem)
    {
        using var directory = _directory;
        directory.Append(Last, Batch(baseOffset, 1));
        directory.AssertFinds(Outcome.Lost, "LogSegment", Last, problem);
    }

    /// <summary>No checksum covers the offset, so that recovery does not cut there.</summary>
    [Theory]
    [InlineData(3400, Outcome.Lost, "LogSegment", "holds offsets again")]
    [InlineData(3000, Outcome.Refused, "LogLoader", "stands in the segment")]
    [InlineData(3_000_000_000, Outcome.Repaired, "LogLoader", "too far")]
    internal void Offsets_that_cannot_be_there_are_not_cut_off_after_a_crash(long baseOffset, Outcome outcome, string kafkaClass, string problem)
    {
        using var directory = _directory.Uncleanly();
        directory.Append(Last, Batch(baseOffset, 1));
        directory.AssertFinds(outcome, kafkaClass, Last, problem);
    }

    [Fact]
    public void An_offset_beyond_a_segment_that_ends_within_its_range_keeps_Kafka_from_starting()
    {
        using var directory = _directory.Uncleanly();
        directory.Append(Last, [.. Batch(3_000_000_000, 1), .. Batch(3500, 1)]);
        directory.AssertFinds(Outcome.Refused, "LogLoader", Last, "too far");
        directory.Patch(Last, -3, 0x55); // Nor does a wrong checksum behind it cut the log.
        directory.AssertFinds(Outcome.Refused, "LogLoader", Last, "too far");
    }

    [Fact]
    public void A_message_of_an_old_format_is_kept_by_Kafka()
    {
        using var directory = _directory.Uncleanly();
        byte[] rest = [0, 0, 0, 0, 1, 0, .. Long(1_795_592_000_000), .. Int(-1), .. Int(5), .. "hello"u8];
        directory.Append(Last, [.. Long(3500), .. Int(rest.Length), .. rest]);
        Assert.DoesNotContain(directory.Check(), finding => finding.Fails || finding.File.EndsWith(Last, StringComparison.Ordinal));
    }

    [Fact]
    public void A_segment_that_begins_within_the_one_before_it_is_found()
    {
        using var directory = _directory;
        string former = directory.PathOf(Partition, "00000000000000001026"), moved = directory.PathOf(Partition, "00000000000000001000");
        foreach (string suffix in (string[])[".log", ".index", ".timeindex", ".snapshot"]) File.Move(former + suffix, moved + suffix);
        directory.AssertFinds(Outcome.Lost, "LogSegments", "00000000000000001000.log");
    }

    [Fact]
    public void A_missing_offset_index_is_rebuilt_and_a_missing_time_index_is_empty()
    {
        using var directory = _directory;
        File.Delete(directory.PathOf(Partition, BrokenDirectory.FirstTimeIndex));
        directory.AssertFinds(Outcome.Repaired, "LogSegment", BrokenDirectory.FirstTimeIndex);
        File.Delete(directory.PathOf(Partition, BrokenDirectory.FirstIndex));
        directory.AssertFinds(Outcome.Repaired, "LogLoader", BrokenDirectory.FirstIndex);
    }

    /// <summary>What the first entries of the index are overwritten with: relative offset and position, one behind the other.</summary>
    [Theory]
    [InlineData("below where the segment begins", -1, -1)]
    [InlineData("where no batch begins", 4, 17)]
    [InlineData("not behind the one before it", 2000, 4104, 1, 8208)]
    [InlineData("beyond the last batch", 2000, 2_000_000_000)]
    [InlineData("to a batch that begins at offset", 1, 4104)]
    public void An_entry_of_an_offset_index_that_misleads_is_found(string problem, params int[] entries)
    {
        using var directory = _directory;
        string path = directory.PathOf(Partition, BrokenDirectory.FirstIndex);
        int position = BinaryPrimitives.ReadInt32BigEndian(File.ReadAllBytes(path).AsSpan(4));
        directory.Patch(path, 0, [.. entries.Select(number => number == 4104 ? position : number).SelectMany(Int)]);
        directory.AssertFinds(Outcome.Lost, "OffsetIndex", BrokenDirectory.FirstIndex, problem);
    }

    [Fact]
    public void An_offset_index_that_goes_beyond_its_log_is_found()
    {
        using var directory = _directory;
        directory.Append(directory.PathOf(Partition, "00000000000000003077.index"), [.. Int(5000), .. Int(431967)]);
        directory.AssertFinds(Outcome.Lost, "OffsetIndex", "00000000000000003077.index", "beyond the last batch");
    }

    [Theory]
    [InlineData(BrokenDirectory.FirstIndex, "OffsetIndex")]
    [InlineData(BrokenDirectory.FirstTimeIndex, "TimeIndex")]
    public void An_index_whose_length_is_no_multiple_of_an_entry_is_found(string name, string kafkaClass)
    {
        using var directory = _directory;
        directory.CutEnd(directory.PathOf(Partition, name), 3);
        directory.AssertFinds(Outcome.Lost, kafkaClass, Partition + "/" + name, "multiple");
    }

    [Fact]
    public void An_index_that_was_not_cut_to_its_length_is_as_good()
    {
        using var directory = _directory;
        directory.Append(directory.PathOf(Partition, "00000000000000003077.index"), new byte[800]);
        directory.Append(directory.PathOf(Partition, "00000000000000003077.timeindex"), new byte[1200]);
        Assert.Single(directory.Check());
    }

    [Fact]
    public void A_time_index_whose_last_time_is_below_its_first_is_found()
    {
        using var directory = _directory;
        directory.Patch(directory.PathOf(Partition, BrokenDirectory.FirstTimeIndex), -12, Long(5));
        directory.AssertFinds(Outcome.Lost, "TimeIndex", BrokenDirectory.FirstTimeIndex, "not behind the one before it");
    }

    [Theory]
    [InlineData(0, "younger")]
    [InlineData(100_000_000, "beyond the last offset")]
    public void An_entry_of_a_time_index_that_promises_too_much_is_found(int offset, string problem)
    {
        using var directory = _directory;
        string path = directory.PathOf(Partition, BrokenDirectory.FirstTimeIndex);
        int last = offset == 0 ? 1025 : offset;
        File.WriteAllBytes(path, [.. Long(7), .. Int(last)]);
        directory.AssertFinds(Outcome.Lost, "TimeIndex", BrokenDirectory.FirstTimeIndex, problem);
    }

    [Fact]
    public void A_missing_transaction_index_lets_consumers_read_what_was_aborted()
    {
        using var directory = _directory;
        File.Delete(directory.PathOf("txn-1", "00000000000000000000.txnindex"));
        directory.AssertFinds(Outcome.Lost, "TransactionIndex", "txn-1/00000000000000000000.txnindex", "no entry");
    }

    [Theory]
    [InlineData(0, 1, Outcome.Refused, "version")]
    [InlineData(18, 100, Outcome.Lost, "out of order")]
    public void An_entry_of_a_transaction_index_that_is_wrong_is_found(int at, byte value, object outcome, string problem)
    {
        using var directory = _directory;
        byte[] bytes = at == 0 ? [0, value] : Long(value);
        directory.Patch("txn-1/00000000000000000000.txnindex", at, bytes);
        directory.AssertFinds((Outcome)outcome, "TransactionIndex", "txn-1/00000000000000000000.txnindex", problem);
    }

    [Fact]
    public void A_transaction_index_that_ends_within_an_entry_is_found()
    {
        using var directory = _directory;
        directory.Append("txn-1/00000000000000000000.txnindex", 0, 0, 0);
        directory.AssertFinds(Outcome.Lost, "TransactionIndex", "txn-1/00000000000000000000.txnindex", "multiple");
    }

    private static byte[] Batch(long baseOffset, int records)
    {
        using var batch = new BatchBuilder(new BatchOptions { BaseOffset = baseOffset, LeaderEpoch = 0 });
        for (int i = 0; i < records; i++) batch.Append(1_795_592_000_000, null, "value"u8.ToArray());
        return batch.Build().ToArray();
    }

    private static byte[] Int(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Long(long value)
    {
        byte[] bytes = new byte[8];
        BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }
}
