using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Moldau.Conformance.Kills;

/// <summary>A broker in a process of its own, so that it can be killed. <c>MOLDAU_EXECUTABLE</c> names another build of it, such as the native one.</summary>
internal sealed class BrokerProcess : IDisposable
{
    public static readonly string Executable = Environment.GetEnvironmentVariable("MOLDAU_EXECUTABLE")
        ?? Path.Combine(AppContext.BaseDirectory, OperatingSystem.IsWindows() ? "moldau.exe" : "moldau");

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly Process _process;
    private readonly Task<string> _errors;

    private BrokerProcess(Process process, string bootstrap, Task<string> errors)
    {
        _process = process;
        _errors = errors;
        Bootstrap = bootstrap;
    }

    public string Bootstrap { get; }

    public int Id => _process.Id;

    /// <summary>How many file handles it has open (Linux).</summary>
    public int HandleCount => Directory.EnumerateFiles($"/proc/{Id}/fd").Count();

    /// <summary>Starts a broker on the directory, on any free port or the one that is named, and returns when it says that it accepts connections.</summary>
    public static async Task<BrokerProcess> StartAsync(string directory, int port = 0, string? configFile = null)
    {
        string[] config = configFile is null ? [] : ["--config", configFile];
        var start = new ProcessStartInfo(Executable, ["up", "--data", directory, "--port", $"{port}", "--sasl-port", "0", "-o", "json", .. config])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        var process = Process.Start(start)!;
        var errors = process.StandardError.ReadToEndAsync();
        try
        {
            string? line = await process.StandardOutput.ReadLineAsync().WaitAsync(Patience);
            string? bootstrap = line is null ? null : JsonNode.Parse(line)?["bootstrap"]?.GetValue<string>();
            if (bootstrap is not null) return new BrokerProcess(process, bootstrap, errors);
        }
        catch (TimeoutException)
        {
        }
        process.Kill();
        throw new InvalidOperationException($"The broker did not start. It said: {await errors}");
    }

    /// <summary>What kill -9 does: nothing of the process runs on.</summary>
    public async Task KillAsync()
    {
        Assert.False(_process.HasExited, $"The broker ended by itself: {(_process.HasExited ? await _errors : "")}");
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience);
        await _errors;
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill();
        _process.Dispose();
    }
}
