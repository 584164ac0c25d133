using System.Diagnostics;

namespace Moldau.Benchmarks;

/// <summary>What this process needed for some bytes.</summary>
internal readonly record struct Cost(double MegabytesPerSecond, double CpuPerGigabyte, double Seconds)
{
    public static Cost Of(long bytes, Action action)
    {
        using var self = Process.GetCurrentProcess();
        double cpu = self.TotalProcessorTime.TotalSeconds;
        var watch = Stopwatch.StartNew();
        action();
        double seconds = watch.Elapsed.TotalSeconds;
        self.Refresh();
        return new Cost(bytes / 1e6 / seconds, (self.TotalProcessorTime.TotalSeconds - cpu) / bytes * Figures.Gigabyte, seconds);
    }

    public override string ToString() => $"{MegabytesPerSecond.Text("0"),8} {CpuPerGigabyte.Text(),9}";
}
