using System.Diagnostics;
using System.Text.Json;

namespace Moldau.Benchmarks;

/// <summary>A broker in a process of its own, so that its CPU time and memory are its alone.</summary>
internal sealed class BrokerProcess : IDisposable
{
    private readonly Process _process;
    private readonly BenchData? _ownData;

    private BrokerProcess(Process process, BenchData? ownData, string bootstrap)
    {
        _process = process;
        _ownData = ownData;
        Bootstrap = bootstrap;
    }

    public string Bootstrap { get; }

    public TimeSpan CpuTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    public long ResidentBytes
    {
        get
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
    }

    /// <summary>Starts <c>moldau up</c> on free ports; returns when it accepts connections.</summary>
    /// <param name="executable">The <c>moldau</c> executable; null for the one built beside this program.</param>
    /// <param name="dataDirectory">Null for an empty one, which is deleted at the end.</param>
    public static BrokerProcess Start(string? executable, string? dataDirectory = null)
    {
        var ownData = dataDirectory is null ? new BenchData() : null;
        string data = dataDirectory ?? ownData!.Path;
        var start = new ProcessStartInfo(executable ?? Path.Combine(AppContext.BaseDirectory, "moldau"))
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string argument in new[] { "up", "--data", data, "--port", "0", "--sasl-port", "0", "-o", "json" }) start.ArgumentList.Add(argument);
        var process = Process.Start(start)!;
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        string ready = process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{start.FileName} ended before it was ready.");
        using var json = JsonDocument.Parse(ready);
        return new BrokerProcess(process, ownData, json.RootElement.GetProperty("bootstrap").GetString()!);
    }

    /// <summary>Stops it as Ctrl-C does.</summary>
    public void Stop()
    {
        using var kill = Process.Start("kill", ["-INT", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]);
        _process.WaitForExit();
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
        _ownData?.Dispose();
    }
}
