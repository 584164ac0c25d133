using System.Text.Json;

using Moldau.Log.Files;

namespace Moldau.Log.Checkpoints;

/// <summary>The one field of <c>quorum-state</c> that the log engine needs; the file belongs to the host of the metadata log.</summary>
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
