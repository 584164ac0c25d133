using System.Text.Json;
using Moldau.Log.Files;

namespace Moldau.Broker.Topics;

/// <summary>
/// <c>quorum-state</c>: the epoch of the quorum and its leader. Each start of a node begins a new epoch, and notes it here before it
/// writes under it.
/// </summary>
internal sealed class QuorumStateFile(IFileStore files, string directory)
{
    private const int DataVersion = 1;

    private readonly string _path = Path.Combine(directory, "quorum-state");

    /// <summary>0 where there is no file yet.</summary>
    public int ReadEpoch()
    {
        if (!files.FileExists(_path)) return 0;
        try
        {
            using var state = JsonDocument.Parse(files.ReadAll(_path));
            return state.RootElement.GetProperty("leaderEpoch").GetInt32();
        }
        catch (Exception damaged) when (damaged is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new IOException($"{_path} is damaged: {damaged.Message}", damaged);
        }
    }

    public void Write(int epoch, int leaderId)
    {
        using var text = new MemoryStream();
        using (var json = new Utf8JsonWriter(text))
        {
            json.WriteStartObject();
            json.WriteNumber("leaderId", leaderId);
            json.WriteNumber("leaderEpoch", epoch);
            json.WriteNumber("votedId", -1);
            json.WriteString("votedDirectoryId", Protocol.KafkaUuid.ToText(Guid.Empty));
            json.WriteNumber("data_version", DataVersion);
            json.WriteEndObject();
        }
        files.WriteAtomically(_path, text.ToArray());
    }
}
