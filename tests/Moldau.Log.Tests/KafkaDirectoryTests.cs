using System.Formats.Tar;

using Moldau.Log.Files;
using Moldau.Log.Segments;
using Moldau.Protocol.Records;
using Moldau.TestKit;

namespace Moldau.Log.Tests;

/// <summary>
/// Opens partitions that Apache Kafka wrote, as after a crash, and compares all that is found or built anew with Kafka's own
/// files.
/// </summary>
public class KafkaDirectoryTests
{
    private const string Root = "/data/log";

    // When the fixture was made: producers would expire under a later clock.
    private static readonly long MadeAtMs = new DateTimeOffset(2026, 11, 25, 7, 57, 0, TimeSpan.Zero).ToUnixTimeMilliseconds();

    private readonly MemoryFileStore _files = new(1L << 30);
    private readonly Dictionary<string, byte[]> _asKafkaWrote = [];

    public KafkaDirectoryTests()
    {
        using var tar = new TarReader(Fixture.OpenBytes("directories/partitions.tar"));
        while (tar.GetNextEntry() is { } entry)
        {
            if (entry.EntryType == TarEntryType.Directory) continue;
            using var content = new MemoryStream();
            entry.DataStream?.CopyTo(content);
            _asKafkaWrote[entry.Name] = content.ToArray();
            _files.CreateDirectory(Path.GetDirectoryName($"{Root}/{entry.Name}")!);
            _files.Open($"{Root}/{entry.Name}", FileCreation.IfMissing).Write(0, content.ToArray());
        }
    }

    public static TheoryData<string> Partitions =>
        ["small-index-0", "txn-1", "producers-0", "timestamps-0", "compacted-txn-0", "trimmed-0", "emptied-0", "codec-zstd-0"];

    [Theory]
    [MemberData(nameof(Partitions))]
    public async Task What_recovery_builds_anew_equals_what_Kafka_wrote(string partition)
    {
        string prefix = partition + '/';
        foreach (string name in _asKafkaWrote.Keys)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal) && name.EndsWith("index", StringComparison.Ordinal)) _files.DeleteFile($"{Root}/{name}");
        }
        await using (Open(SettingsOf(partition)))
        {
        }
        foreach (var (name, bytes) in _asKafkaWrote)
        {
            if (name.StartsWith(prefix, StringComparison.Ordinal)) Assert.True(bytes.AsSpan().SequenceEqual(Read(name)), $"{name} differs");
        }
    }

    [Fact]
    public async Task A_cleanly_stopped_directory_opens_with_the_offsets_that_Kafka_reported()
    {
        _files.Open(Root + "/.kafka_cleanshutdown", FileCreation.IfMissing).Write(0, """{"version":0,"brokerEpoch":15}"""u8);
        await using var directory = Open();
        Assert.True(directory.WasCleanlyStopped);
        var ends = directory.Partitions.ToDictionary(log => log.Name.ToString(), log => (log.LogStartOffset, log.LogEndOffset, log.LastStableOffset));
        Assert.Equal((0L, 25L, 18L), ends["txn-1"]);
        Assert.Equal((7L, 20L, 20L), ends["trimmed-0"]);
        Assert.Equal((0L, 105L, 105L), ends["producers-0"]);
        Assert.Equal((0L, 120L, 120L), ends["small-index-0"]);
    }

    [Theory]
    [MemberData(nameof(Partitions))]
    public void Every_record_is_read_with_an_offset_after_the_one_before(string partition)
    {
        PartitionName.TryParse(partition, out var name);
        var log = Open().Get(name)!;
        long offset = log.LogStartOffset, last = -1;
        while (offset < log.LogEndOffset)
        {
            using var read = log.Read(offset, 10_000, ReadBound.LogEnd);
            var batches = new BatchEnumerator(read.Records.Span);
            while (batches.MoveNext())
            {
                foreach (var record in new BatchRecords(read.Records[batches.Position..batches.WholeBytes]))
                {
                    Assert.True(record.Offset > last);
                    last = record.Offset;
                }
                offset = batches.Current.NextOffset;
            }
            Assert.True(batches.WholeBytes > 0);
        }
    }

    private static LogSettings SettingsOf(string partition) =>
        partition == "small-index-0" ? new LogSettings { IndexIntervalBytes = 100, SegmentIndexBytes = 64 } : LogSettings.Default;

    private LogDirectory Open(LogSettings? settings = null) => LogDirectory.Open(new LogDirectoryOptions
    {
        Files = _files,
        Path = Root,
        JournalPath = "/data/journal",
        NewIdentity = new DirectoryIdentity { ClusterId = "unused", NodeId = 0, DirectoryId = Guid.Empty },
        Clock = new ManualClock { NowMs = MadeAtMs },
        Settings = settings ?? LogSettings.Default,
        Threads = BackgroundThreads.None,
    });

    private byte[] Read(string name) => _files.FileExists($"{Root}/{name}") ? _files.ReadAll($"{Root}/{name}") : [];
}
