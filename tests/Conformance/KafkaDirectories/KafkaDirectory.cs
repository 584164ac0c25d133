using System.Formats.Tar;
using System.Text.Json.Nodes;
using Moldau.TestKit;

namespace Moldau.Conformance.KafkaDirectories;

/// <summary>A copy of a data directory that Apache Kafka 4.4.0 wrote, and what that Kafka told its clients about it.</summary>
internal sealed class KafkaDirectory : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("moldau-kafka-directory-");

    private KafkaDirectory(string name)
    {
        Name = name;
        using var archive = Fixture.OpenBytes($"directories/{name}.tar");
        TarFile.ExtractToDirectory(archive, _data.FullName, overwriteFiles: false);
    }

    /// <summary><c>clean</c>: stopped cleanly; <c>killed</c>: while producers wrote; <c>damaged</c>: the killed one, damaged on purpose.</summary>
    public string Name { get; }

    public string DataPath => _data.FullName;

    public string LogPath => Path.Combine(DataPath, "log");

    public string MetadataPath => Path.Combine(LogPath, "__cluster_metadata-0");

    public static KafkaDirectory Unpack(string name) => new(name);

    /// <summary>What Kafka said: before it stopped, or when it had recovered the directory.</summary>
    public static JsonObject ToldByKafka(string name) => JsonNode.Parse(Fixture.Text($"directories/{name}.json"))!.AsObject();

    public void Dispose() => _data.Delete(recursive: true);
}
