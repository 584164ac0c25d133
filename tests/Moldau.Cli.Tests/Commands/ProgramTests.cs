using System.Diagnostics;
using Moldau.Cli.Tests.Clients;

namespace Moldau.Cli.Tests.Commands;

/// <summary>The program as a shell runs it, with real pipes and files at its outputs.</summary>
public class ProgramTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Theory]
    [InlineData("topic list --all", 1)]
    [InlineData("consume lines --from-beginning --max 1", 1)]
    [InlineData("produce lines -o json", 1)]
    [InlineData("--help", 1)]
    public async Task A_full_device_at_standard_output_is_a_failure(string arguments, int exitCode)
    {
        var ran = await RunAsync($"seq 1000 | \"$0\" {arguments} >/dev/full");
        Assert.Equal((exitCode, ""), (ran.ExitCode, ran.Output));
        Assert.Contains("Standard output could not be written", ran.Errors, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("produce lines -o json")]
    [InlineData("topic list --all")]
    public async Task A_pipe_that_nobody_reads_ends_the_program_well(string arguments)
    {
        // The status that counts is the program's, not that of the last one in the pipe.
        var ran = await RunAsync($"seq 1000 | (\"$0\" {arguments}; echo $? >&2) | true");
        Assert.EndsWith("0\n", ran.Errors, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_full_device_at_standard_error_changes_nothing()
    {
        var ran = await RunAsync("\"$0\" topic list 2>/dev/full");
        Assert.Equal((0, "lines\n"), (ran.ExitCode, ran.Output));
    }

    [Theory]
    [InlineData("topic list 2>&-", 0, "lines\n")]
    [InlineData("topic list 2</dev/null", 0, "lines\n")]
    [InlineData("bogus 2>&-", 2, "")]
    [InlineData("bogus 2</dev/null", 2, "")]
    public async Task A_standard_error_that_is_none_changes_nothing(string arguments, int exitCode, string output)
    {
        var ran = await RunAsync($"\"$0\" {arguments}");
        Assert.Equal((exitCode, output), (ran.ExitCode, ran.Output));
    }

    private static async Task<(int ExitCode, string Output, string Errors)> RunAsync(string line)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev/full is Linux's");
        await using var broker = await TestBroker.WithTopicAsync("lines");
        await broker.SendAsync("lines", (0, "one"));
        var start = new ProcessStartInfo("/bin/sh", ["-c", line, Path.Combine(AppContext.BaseDirectory, "moldau")])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["CLOUDKARAFKA_BROKERS"] = broker.Address;
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync().WaitAsync(Patience);
        return (process.ExitCode, await output, await errors);
    }
}
