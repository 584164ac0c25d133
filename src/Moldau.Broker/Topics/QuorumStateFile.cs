using System.Text.Json;
using Moldau.Log.Checkpoints;
using Moldau.Log.Files;

namespace Moldau.Broker.Topics;

/// <summary>
/// <c>quorum-state</c>: the epoch of the quorum and its leader. Each start of a node begins a new epoch, and notes it here before it
/// writes under it.
/// </summary>
internal sealed class QuorumStateFile(IFileStore files, string directory)
{
    private const int DataVersion = 1;

    private readonly string _path = Path.Combine(directory, QuorumState.FileName);

    /// <summary>-1 where there is no file yet.</summary>
    public int ReadEpoch() => QuorumState.ReadEpoch(files, _path);

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
