using System.Globalization;
using System.Text;

using Moldau.Log.Files;
using Moldau.Protocol;

namespace Moldau.Log.Checkpoints;

/// <summary><c>meta.properties</c>: Java properties with version 1, cluster id, node id and directory id.</summary>
internal static class MetaProperties
{
    public const string FileName = "meta.properties";

    /// <summary>Null if there is no such file.</summary>
    public static DirectoryIdentity? Read(IFileStore files, string path)
    {
        if (!files.FileExists(path)) return null;
        var values = Parse(Encoding.UTF8.GetString(files.ReadAll(path)));
        if (values.GetValueOrDefault("version") != "1") throw new CheckpointFormatException(path, "its version is not 1");
        if (!int.TryParse(values.GetValueOrDefault("node.id"), NumberStyles.None, CultureInfo.InvariantCulture, out int nodeId))
        {
            throw new CheckpointFormatException(path, "it has no node.id");
        }
        if (!KafkaUuid.TryParse(values.GetValueOrDefault("directory.id"), out var directoryId))
        {
            throw new CheckpointFormatException(path, "it has no directory.id");
        }
        string clusterId = values.GetValueOrDefault("cluster.id") ?? throw new CheckpointFormatException(path, "it has no cluster.id");
        return new DirectoryIdentity { ClusterId = clusterId, NodeId = nodeId, DirectoryId = directoryId };
    }

    public static void Write(IFileStore files, string path, DirectoryIdentity identity)
    {
        string text = string.Create(CultureInfo.InvariantCulture,
            $"#\nnode.id={identity.NodeId}\ndirectory.id={KafkaUuid.ToText(identity.DirectoryId)}\nversion=1\ncluster.id={identity.ClusterId}\n");
        files.WriteAtomically(path, Encoding.UTF8.GetBytes(text));
    }

    private static Dictionary<string, string> Parse(string text)
    {
        var values = new Dictionary<string, string>();
        foreach (string line in text.Split('\n', StringSplitOptions.TrimEntries))
        {
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals > 0 && line[0] != '#') values[line[..equals].Trim()] = line[(equals + 1)..].Trim();
        }
        return values;
    }
}
