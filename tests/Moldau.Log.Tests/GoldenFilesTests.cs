using Moldau.Log.Files;
using Moldau.Protocol.Records;

namespace Moldau.Log.Tests;

/// <summary>
/// The bytes of all files that a log directory and its journal write, as they were when they were last compared with what Kafka reads.
/// A change here is a change of a format that users have on their disks.
/// </summary>
public class GoldenFilesTests
{
    private readonly TestLog _log = new(
        new LogSettings { SegmentBytes = 500, IndexIntervalBytes = 100 }, options: options => options with { JournalFileBytes = 8_192 });

    [Fact]
    public async Task Every_file_is_written_as_it_always_was()
    {
        Append(new Batch { TimestampMs = 1_000 });
        Append(new Batch { Records = 3, TimestampMs = 900 });
        Append(new Batch { ProducerId = 7, Epoch = 1, Sequence = 0, TimestampMs = 1_100 });
        Append(new Batch { ProducerId = 8, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional }, leaderEpoch: 3);
        Append(new Batch { ProducerId = 9, Epoch = 0, Sequence = 0, Attributes = BatchAttributes.Transactional }, leaderEpoch: 3);
        _log.Append(new Batch { ProducerId = 8, Epoch = 0 }.BuildMarker(type: 0), leaderEpoch: 3, origin: AppendOrigin.Coordinator);
        Append(new Batch { Key = 1, PayloadBytes = 50, TimestampMs = 1_200 }, leaderEpoch: 3);
        _log.Commit();
        _log.Log.DeleteRecordsBefore(2);
        var files = Files("/data/journal").ToList();
        await _log.Directory.DisposeAsync();
        files.AddRange(Files("/data/log"));
        Assert.Equal(File.ReadLines(Path.Combine(AppContext.BaseDirectory, "GoldenFiles.txt")), files);
    }

    private void Append(Batch batch, int leaderEpoch = 0) => _log.Append(batch.Build(), leaderEpoch);

    /// <summary>A line for each file: its path, its length, and its bytes up to the last that is not 0.</summary>
    private IEnumerable<string> Files(string directory)
    {
        foreach (string name in _log.Files.FileNames(directory).Order(StringComparer.Ordinal))
        {
            byte[] bytes = _log.Files.ReadAll(Path.Combine(directory, name));
            yield return $"{directory}/{name} {bytes.Length} {Convert.ToHexStringLower(bytes.AsSpan().TrimEnd((byte)0))}";
        }
        foreach (string name in _log.Files.DirectoryNames(directory).Order(StringComparer.Ordinal))
        {
            foreach (string line in Files($"{directory}/{name}")) yield return line;
        }
    }
}
