using System.Globalization;
using System.Text;

using Moldau.Log.Files;

namespace Moldau.Log.Checkpoints;

/// <summary>
/// <c>.kafka_cleanshutdown</c>: there only between a clean stop and the next start, and the proof that nothing needs recovery.
/// </summary>
internal static class CleanShutdown
{
    private const string FileName = ".kafka_cleanshutdown";

    public static void Write(IFileStore files, string directory, long brokerEpoch)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $$"""{"version":0,"brokerEpoch":{{brokerEpoch}}}""");
        files.WriteAtomically(Path.Combine(directory, FileName), Encoding.UTF8.GetBytes(text));
    }

    /// <summary>
    /// Whether the stop was clean. The file is gone for good when this returns, so that a crash from now on is seen as one.
    /// </summary>
    public static bool Take(IFileStore files, string directory)
    {
        string path = Path.Combine(directory, FileName);
        if (!files.FileExists(path)) return false;
        files.DeleteFile(path);
        files.FlushDirectory(directory);
        return true;
    }
}
