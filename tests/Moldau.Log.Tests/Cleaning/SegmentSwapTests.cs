using System.Globalization;
using System.Text;

using Moldau.Log.Cleaning;
using Moldau.Log.Files;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>A swap for which the disk lacks room or handles at some point, and what an earlier one left behind.</summary>
public class SegmentSwapTests
{
    private static readonly string[] Passing = [SegmentFiles.CleanedSuffix, SegmentFiles.SwapSuffix];

    private readonly CleaningNotes _notes = new();

    [Theory]
    [InlineData("flush", 8)]
    [InlineData("rename", 30)]
    public void A_swap_that_is_refused_at_any_point_is_undone_and_a_later_pass_succeeds(string operation, int pointsMin)
    {
        int refused = 1;
        for (; IsRefusedAndLaterDone(operation, refused); refused++)
        {
        }
        Assert.InRange(refused, pointsMin, 200);
    }

    [Fact]
    public void Files_that_an_earlier_pass_left_behind_do_not_undo_a_swap_that_is_under_way()
    {
        bool isCut = true;
        for (int cut = 1; isCut; cut++)
        {
            var (disk, log) = New(seed: cut);
            Fill(log);
            disk.WriteAtomically(SegmentFiles.PathOf(log.PartitionPath, 1, SegmentFiles.Log + SegmentFiles.CleanedSuffix), Batch(99));
            disk.CutAt = disk.Operations + cut;
            log.Directory.Upkeep.CompactLogs(CancellationToken.None);
            isCut = disk.IsOff;
            disk.RestartAfterPowerCut();
            log.Reopen();
            Assert.Contains("k=7 at 7", Records(log));
        }
    }

    [Fact]
    public void Each_step_of_undoing_a_swap_is_durable_before_the_next()
    {
        var (disk, log) = New(seed: 1);
        Fill(log);
        var steps = new List<string>();
        disk.Lacks = (operation, path) =>
        {
            bool isFirstRefusal = operation == "flush" && path == log.PartitionPath && steps.Count == 0 && Has(SegmentFiles.DeletedSuffix);
            if (isFirstRefusal || steps.Count > 0) steps.Add($"{operation} {Path.GetExtension(path)}".TrimEnd());
            return isFirstRefusal;
        };
        log.Directory.Upkeep.CompactLogs(CancellationToken.None);
        disk.Lacks = null;
        Assert.Equal(["flush", "rename .deleted", "flush", "rename .swap", "flush", "delete .cleaned"], steps.Where((step, i) => i == 0 || step != steps[i - 1]));
        Assert.Null(log.Log.Failure);

        bool Has(string suffix) => disk.FileNames(log.PartitionPath).Any(name => name.EndsWith(suffix, StringComparison.Ordinal));
    }

    /// <summary>False if the pass had fewer such operations.</summary>
    private bool IsRefusedAndLaterDone(string operation, int refused)
    {
        var (disk, log) = New(seed: refused);
        Fill(log);
        int count = 0;
        disk.Lacks = (present, path) => present == operation && path.StartsWith(log.PartitionPath, StringComparison.Ordinal) && ++count == refused;
        log.Directory.Upkeep.CompactLogs(CancellationToken.None);
        disk.Lacks = null;
        Assert.Null(log.Log.Failure);
        Assert.Contains("k=7 at 7", Records(log));
        log.Directory.Upkeep.CompactLogs(CancellationToken.None);
        AssertDone(disk, log);
        disk.RestartAfterPowerCut();
        log.Reopen();
        AssertDone(disk, log);
        return count >= refused;
    }

    private static void AssertDone(SimulatedDisk disk, TestLog log)
    {
        Assert.Equal(["k=7 at 7", "k=8 at 8"], Records(log));
        Assert.DoesNotContain(disk.FileNames(log.PartitionPath), name => Passing.Any(suffix => name.EndsWith(suffix, StringComparison.Ordinal)));
    }

    private (SimulatedDisk Disk, TestLog Log) New(int seed)
    {
        var disk = KeyedLog.NewDisk(seed);
        var settings = new LogSettings { CleanupPolicy = CleanupPolicies.Compact, MinCleanableDirtyRatio = 0, SegmentBytes = 200 };
        return (disk, new TestLog(settings, disk, options => options with { Observer = _notes }));
    }

    /// <summary>A value of the same key in each batch, durable, so that a pass need not flush the log itself.</summary>
    private static void Fill(TestLog log)
    {
        for (int i = 0; i < 9; i++) log.Append(Batch(i));
        log.Commit();
        log.Log.Flush();
        log.Directory.WriteCheckpoints();
    }

    private static byte[] Batch(int value)
    {
        using var builder = new BatchBuilder();
        return builder.Append(1_000, Encoding.UTF8.GetBytes("k"), Encoding.UTF8.GetBytes(value.ToString(CultureInfo.InvariantCulture))).BuildArray();
    }

    private static List<string> Records(TestLog log)
    {
        var records = new List<string>();
        for (long from = log.Log.LogStartOffset; from < log.Log.LogEndOffset;)
        {
            using var read = log.Log.Read(from, 1 << 20, ReadBound.LogEnd);
            var batches = new BatchEnumerator(read.Records.Span);
            while (batches.MoveNext())
            {
                foreach (var record in new BatchRecords(read.Records[batches.Position..batches.WholeBytes]))
                {
                    records.Add(string.Create(CultureInfo.InvariantCulture, $"k={Encoding.UTF8.GetString(record.Value!.Value.Span)} at {record.Offset}"));
                }
                from = batches.Current.NextOffset;
            }
        }
        return records;
    }
}
