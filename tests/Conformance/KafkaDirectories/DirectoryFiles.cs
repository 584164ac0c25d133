using System.Globalization;
using System.Text.Json.Nodes;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>The small files of a log directory, read apart from Moldau's own code and held to Kafka's formats.</summary>
internal sealed class DirectoryFiles(string logPath)
{
    public IEnumerable<string> PartitionNames => Directory.GetDirectories(logPath).Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal);

    /// <summary>The Java properties of <c>meta.properties</c>.</summary>
    public Dictionary<string, string> MetaProperties() => File.ReadLines(Path.Combine(logPath, "meta.properties"))
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('=', 2))
        .ToDictionary(parts => parts[0], parts => parts[1]);

    public JsonObject Json(string name) => JsonNode.Parse(File.ReadAllText(Path.Combine(logPath, name)))!.AsObject();

    /// <summary>A checkpoint of the log directory: version 0, a count, and as many lines of topic, partition and offset.</summary>
    public Dictionary<string, long> Checkpoint(string name)
    {
        string[] lines = File.ReadAllLines(Path.Combine(logPath, name));
        Assert.Equal("0", lines[0]);
        Assert.Equal(lines.Length - 2, Number(lines[1]));
        return lines.Skip(2).Select(line => line.Split(' ')).ToDictionary(fields => $"{fields[0]}-{fields[1]}", fields => Number(fields[2]));
    }

    /// <summary>Epochs and their first offsets; both rise.</summary>
    public List<(long Epoch, long Start)> LeaderEpochs(string partition)
    {
        string[] lines = File.ReadAllLines(Path.Combine(logPath, partition, "leader-epoch-checkpoint"));
        Assert.Equal("0", lines[0]);
        Assert.Equal(lines.Length - 2, Number(lines[1]));
        return [.. lines.Skip(2).Select(line => line.Split(' ')).Select(fields => (Number(fields[0]), Number(fields[1])))];
    }

    public string TopicId(string partition)
    {
        string[] lines = File.ReadAllLines(Path.Combine(logPath, partition, "partition.metadata"));
        Assert.Equal(["version: 0", $"topic_id: {lines[1][^22..]}"], lines);
        return lines[1][^22..];
    }

    public IEnumerable<string> Segments(string partition) =>
        Directory.GetFiles(Path.Combine(logPath, partition), "*.log").Order(StringComparer.Ordinal);

    /// <summary>The offset after the last record, or the base of the last segment where that is empty. No segment at all is an empty log.</summary>
    public long LogEnd(string partition)
    {
        if (Segments(partition).LastOrDefault() is not { } last) return 0;
        return LogFile.Read(last) is [.., var batch] ? batch.LastOffset + 1 : Number(Path.GetFileNameWithoutExtension(last));
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
