using System.Text;

using Moldau.Log.Cleaning;
using Moldau.Log.Files;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>Offsets in a log that cannot be: of records, which a producer that does not compress may number in any way, and of batches.</summary>
public class MisplacedRecordsTests
{
    /// <summary>Where the only record of a small batch has its offset delta, and how many bytes the record takes.</summary>
    private const int DeltaAt = BatchHeader.Size + 3, RecordBytes = 8;

    private readonly SimulatedDisk _disk = KeyedLog.NewDisk(seed: 5);
    private readonly CleaningNotes _notes = new();
    private readonly TestLog _log;

    public MisplacedRecordsTests()
    {
        var settings = new LogSettings { CleanupPolicy = CleanupPolicies.Compact, MinCleanableDirtyRatio = 0, SegmentBytes = 200 };
        _log = new TestLog(settings, _disk, options => options with { Observer = _notes });
    }

    [Theory]
    [InlineData(-1, 1)]
    [InlineData(1, 0)]
    [InlineData(0, 0)]
    public void A_batch_whose_records_do_not_rise_within_it_makes_its_log_uncleanable_and_stops_nothing(int first, int second)
    {
        _log.Append(Misnumbered(first, second));
        Append(3);
        Clean();
        Assert.Equal(0, Assert.Single(_notes.Uncleanable).Position);
        Assert.Empty(_notes.Failures);
        Assert.Null(_log.Log.Failure);
        AssertAllIsThere();
    }

    [Fact]
    public void What_is_appended_during_a_pass_stays_though_a_record_names_an_offset_far_behind_it()
    {
        Append(2);
        using var builder = new BatchBuilder(new BatchOptions { LastOffset = 0 });
        _log.Append(builder.Append(new Protocol.Records.Record { Offset = 1_000_000_000, Timestamp = 1_000, Key = Bytes("k"), Value = Bytes("v") }).BuildArray());
        Append(1);
        AppendDuringSwaps();
        Clean();
        AssertAllIsThere();
        Assert.Single(_notes.Uncleanable);
    }

    [Fact]
    public void What_is_appended_during_a_pass_stays_though_the_base_offset_of_a_batch_is_damaged()
    {
        Append(4);
        _log.Commit();
        _log.Log.Flush();
        string damaged = _log.Log.Segments.All[^2].Log.Path;
        _disk.FlipBit(damaged, BatchHeader.BaseOffsetAt + 3);
        AppendDuringSwaps();
        Clean();
        Assert.Equal((damaged, 0L), (Assert.Single(_notes.Uncleanable).Path, _notes.Uncleanable[0].Position));
        Assert.Equal(_log.Log.LogEndOffset - 1, _log.ReadBaseOffsets(from: _log.Log.Segments.Active.BaseOffset)[^1]);
    }

    [Fact]
    public void Damaged_offsets_in_one_log_leave_the_others_to_be_cleaned()
    {
        _log.Append(Misnumbered(1, 0));
        Append(3);
        var other = _log.Directory.Create(new PartitionName("other", 0), Guid.NewGuid(), _log.Settings);
        for (int i = 0; i < 4; i++) other.Append(Keyed(), new AppendContext { LeaderEpoch = 0 });
        Clean();
        Assert.Single(_notes.Passes);
    }

    /// <summary>Two records of which each says of its own offset how far it is behind that of the batch.</summary>
    private static byte[] Misnumbered(int first, int second)
    {
        byte[] batch = new BatchBuilder().Append(1_000, [1], null).Append(1_000, [2], null).BuildArray();
        batch[DeltaAt] = (byte)Zigzag(first);
        batch[DeltaAt + RecordBytes] = (byte)Zigzag(second);
        BatchHeader.StampCrc(batch);
        return batch;
    }

    private static int Zigzag(int value) => (value << 1) ^ (value >> 31);

    private static ReadOnlyMemory<byte> Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] Keyed()
    {
        using var builder = new BatchBuilder();
        return builder.Append(1_000, Encoding.UTF8.GetBytes("k"), new byte[60]).BuildArray();
    }

    private void Append(int count)
    {
        for (int i = 0; i < count; i++) _log.Append(Keyed());
    }

    /// <summary>Whenever a pass is about to put a segment in place.</summary>
    private void AppendDuringSwaps() => _disk.Lacks = (operation, path) =>
    {
        if (operation == "rename" && path.EndsWith(".log.cleaned", StringComparison.Ordinal)) Append(1);
        return false;
    };

    private void Clean()
    {
        _log.Commit();
        _log.Log.Flush();
        _log.Directory.WriteCheckpoints();
        _log.Directory.Upkeep.CompactLogs(CancellationToken.None);
    }

    private void AssertAllIsThere()
    {
        var found = _log.ReadBaseOffsets();
        Assert.Equal((0L, _log.Log.LogEndOffset - 1), (found[0], found[^1]));
        Assert.Equal(found[1..], Enumerable.Range(0, found.Count - 1).Select(i => _log.Log.LogEndOffset - found.Count + 1 + i));
    }
}
