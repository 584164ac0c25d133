using System.Diagnostics;
using Moldau.Log.Files;

namespace Moldau.Benchmarks;

/// <summary>The floor of whatever is durable: how often the bare disk makes 4 KiB durable.</summary>
internal static class DiskFlushes
{
    public static double PerSecond(string directory, double seconds)
    {
        string path = Path.Combine(directory, "floor");
        using var file = new DiskFileStore().Open(path, FileCreation.IfMissing);
        byte[] page = new byte[4096];
        for (int i = 0; i < 1024; i++) file.Write(i * 4096L, page);
        file.Flush();
        int count = 0;
        var watch = Stopwatch.StartNew();
        while (watch.Elapsed.TotalSeconds < seconds)
        {
            file.Write(count++ % 1024 * 4096L, page);
            file.Flush();
        }
        return count / watch.Elapsed.TotalSeconds;
    }
}
