using System.Text.Json;

using Moldau.Log.Files;

namespace Moldau.Log.Checkpoints;

/// <summary>The epoch in <c>quorum-state</c>; it is the host of the metadata log that writes the file.</summary>
internal static class QuorumState
{
    public const string FileName = "quorum-state";

    /// <summary>The quorum epoch, or -1 if there is no such file yet.</summary>
    public static int ReadEpoch(IFileStore files, string path)
    {
        if (!files.FileExists(path)) return -1;
        try
        {
            using var document = JsonDocument.Parse(files.ReadAll(path));
            return document.RootElement.GetProperty("leaderEpoch").GetInt32();
        }
        catch (Exception e) when (e is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new CheckpointFormatException(path, "it names no leaderEpoch");
        }
    }
}
