using System.Formats.Tar;

using Moldau.Log.Files;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests.Cleaning;

/// <summary>Partitions that Apache Kafka has compacted: compacting them again changes only what time has changed.</summary>
public class KafkaCompactedTests
{
    private const string Root = "/data/log";

    /// <summary>The horizons that Kafka set lie a day behind it.</summary>
    private static readonly long MadeAtMs = new DateTimeOffset(2026, 11, 25, 7, 57, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly MemoryFileStore _files = new(1L << 30);
    private readonly ManualClock _clock = new() { NowMs = MadeAtMs };
    private readonly CleaningNotes _notes = new();

    public KafkaCompactedTests()
    {
        using var tar = new TarReader(Fixture.OpenBytes("directories/compacted.tar"));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType == TarEntryType.Directory) continue;
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            _files.CreateDirectory(Path.GetDirectoryName($"{Root}/{entry.Name}")!);
            _files.Open($"{Root}/{entry.Name}", FileCreation.IfMissing).Write(0, content.ToArray());
        }
        _files.Open(Root + "/.kafka_cleanshutdown", FileCreation.IfMissing).Write(0, """{"version":0,"brokerEpoch":15}"""u8);
    }

    [Fact]
    public void What_Kafka_has_cleaned_counts_as_clean()
    {
        var directory = Open();
        Assert.Equal([33L, 120L], new[] { "compacted-txn", "compacted" }.Select(topic => Log(directory, topic).Cleaning.CleanedOffset));
        directory.Upkeep.CompactLogs(CancellationToken.None);
        Assert.Empty(_notes.Passes);
    }

    [Theory]
    [InlineData("compacted")]
    [InlineData("compact-delete")]
    public void What_Kafka_has_cleaned_and_no_time_has_passed_for_stays_byte_for_byte(string topic)
    {
        var directory = Open();
        var log = Log(directory, topic);
        byte[] before = Bytes(log);
        CleanAnew(directory, log);
        Assert.Equal(before, Bytes(log)[..before.Length]);
        Assert.True(Assert.Single(_notes.Passes).ToOffset > 0);
    }

    [Fact]
    public void A_marker_whose_data_Kafka_has_removed_gets_its_horizon_and_all_else_stays()
    {
        var directory = Open();
        var log = Log(directory, "compacted-txn");
        var before = Headers(log);
        CleanAnew(directory, log);
        var after = Headers(log);
        Assert.Equal([10L, 21L, 22L, 32L, 33L, 34L, 35L], after.Select(header => header.BaseOffset));
        Assert.Equal(MadeAtMs + log.Settings.DeleteRetentionMs, after[1].DeleteHorizonMs);
        Assert.Equal(before.Where(header => header.BaseOffset != 21).Select(header => header.Crc), after.Where(header => header.BaseOffset != 21).Select(header => header.Crc));
    }

    [Fact]
    public void Tombstones_and_markers_go_when_the_horizon_that_Kafka_set_has_passed()
    {
        var directory = Open();
        _clock.NowMs += 2L * 24 * 60 * 60 * 1000;
        var compacted = Log(directory, "compacted");
        int tombstones = Records(compacted).Count(record => record.IsTombstone);
        CleanAnew(directory, compacted);
        Assert.True(tombstones > 0);
        Assert.DoesNotContain(Records(compacted), record => record.IsTombstone && record.Offset < 120);
        var first = Headers(compacted)[0];
        Assert.Equal((90L, 119L, CompressionCodec.Zstd), (first.BaseOffset, first.LastOffset, first.Codec));
        var transactions = Log(directory, "compacted-txn");
        CleanAnew(directory, transactions);
        Assert.Equal([21L, 22L, 32L], Headers(transactions).Select(header => header.BaseOffset).Take(3));
    }

    private static PartitionLog Log(LogDirectory directory, string topic)
    {
        var log = directory.Get(new PartitionName(topic, 0))!;
        log.Settings = LogSettings.Default with { CleanupPolicy = CleanupPolicies.Compact, MinCleanableDirtyRatio = 0 };
        return log;
    }

    private static byte[] Bytes(PartitionLog log)
    {
        var bytes = new List<byte>();
        foreach (var segment in log.Segments.All)
        {
            byte[] all = new byte[segment.Size];
            segment.Log.Read(0, all);
            bytes.AddRange(all);
        }
        return [.. bytes];
    }

    private static List<BatchHeader> Headers(PartitionLog log)
    {
        var headers = new List<BatchHeader>();
        var batches = new BatchEnumerator(Bytes(log));
        while (batches.MoveNext()) headers.Add(batches.Current);
        return headers;
    }

    private static List<(long Offset, bool IsTombstone)> Records(PartitionLog log)
    {
        var records = new List<(long, bool)>();
        byte[] bytes = Bytes(log);
        var batches = new BatchEnumerator(bytes);
        while (batches.MoveNext())
        {
            foreach (var record in new BatchRecords(bytes.AsMemory(batches.Position..batches.WholeBytes))) records.Add((record.Offset, record.Value is null));
        }
        return records;
    }

    /// <summary>As if the log had never been cleaned, and with a second segment, so that the first may be.</summary>
    private static void CleanAnew(LogDirectory directory, PartitionLog log)
    {
        log.Cleaning.CleanedOffset = null;
        log.Settings = log.Settings with { SegmentBytes = 1 };
        if (log.Segments.All.Length == 1)
        {
            using var builder = new BatchBuilder();
            log.Append(builder.Append(1, "a key of its own"u8.ToArray(), []).BuildArray(), new AppendContext { LeaderEpoch = 0 });
            while (directory.RunCommitRound())
            {
            }
        }
        directory.Upkeep.CompactLogs(CancellationToken.None);
        log.Settings = log.Settings with { CleanupPolicy = CleanupPolicies.None };
    }

    private LogDirectory Open() => LogDirectory.Open(new LogDirectoryOptions
    {
        Files = _files,
        Path = Root,
        JournalPath = "/data/journal",
        NewIdentity = new DirectoryIdentity { ClusterId = "unused", NodeId = 0, DirectoryId = Guid.Empty },
        Clock = _clock,
        Threads = BackgroundThreads.None,
        Observer = _notes,
    });
}
