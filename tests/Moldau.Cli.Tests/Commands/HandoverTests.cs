using System.Text.Json;

namespace Moldau.Cli.Tests.Commands;

public sealed class HandoverTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("moldau-handover-").FullName;

    private string Log => Path.Combine(_directory, "log");

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task A_directory_that_was_stopped_is_handed_over_with_the_properties_for_Kafka()
    {
        await MakeAsync();
        var check = await CommandRun.OfAsync("", "handover", "--check", _directory);
        Assert.Equal((0, ""), (check.ExitCode, check.Data));
        Assert.Contains("can take over", check.Notes, StringComparison.Ordinal);

        var ran = await CommandRun.OfAsync("", "handover", _directory);
        Assert.Equal(0, ran.ExitCode);
        Assert.Contains($"log.dirs={Log}\n", ran.Data, StringComparison.Ordinal);
        Assert.Contains("node.id=1\n", ran.Data, StringComparison.Ordinal);
        Assert.Contains("kafka-server-start.sh", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finding_that_Kafka_would_refuse_makes_exit_code_1_and_is_a_line_of_six_fields()
    {
        await MakeAsync();
        Directory.CreateDirectory(Path.Combine(Log, "journal"));
        var ran = await CommandRun.OfAsync("", "handover", "--check", _directory);
        Assert.Equal(1, ran.ExitCode);
        string[] fields = Assert.Single(ran.Data.TrimEnd('\n').Split('\n')).Split('\t');
        Assert.Equal(("refused", Path.Combine(Log, "journal"), "LogManager", 6), (fields[0], fields[1], fields[3], fields.Length));
    }

    [Fact]
    public async Task Json_gives_each_finding_and_the_whole()
    {
        await MakeAsync();
        await File.WriteAllTextAsync(Path.Combine(Log, "recovery-point-offset-checkpoint"), "7\n");
        var ran = await CommandRun.OfAsync("", "handover", "--check", Log, "-o", "json");
        Assert.Equal(1, ran.ExitCode);
        string[] lines = ran.Data.TrimEnd('\n').Split('\n');
        Assert.Equal(2, lines.Length);
        using var finding = JsonDocument.Parse(lines[0]);
        Assert.Equal(("refused", 1, "CheckpointFile"), (Text(finding, "outcome"), finding.RootElement.GetProperty("position").GetInt32(), Text(finding, "kafkaClass")));
        using var whole = JsonDocument.Parse(lines[1]);
        Assert.False(whole.RootElement.GetProperty("passes").GetBoolean());
        Assert.Equal((Log, 1), (Text(whole, "logDirectory"), whole.RootElement.GetProperty("refused").GetInt32()));
    }

    [Fact]
    public async Task A_handover_recovers_what_was_not_stopped_cleanly()
    {
        await MakeAsync();
        File.Delete(Path.Combine(Log, ".kafka_cleanshutdown"));
        var ran = await CommandRun.OfAsync("", "handover", _directory);
        Assert.Equal(0, ran.ExitCode);
        Assert.Contains("Recovering", ran.Notes, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(Log, ".kafka_cleanshutdown")));
    }

    [Fact]
    public async Task A_directory_in_use_is_not_handed_over()
    {
        await using var broker = await Broker.KafkaBroker.StartAsync(new Broker.KafkaBrokerOptions { DataDirectory = _directory });
        var ran = await CommandRun.OfAsync("", "handover", _directory);
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("Stop that broker first", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_that_was_stopped_gives_no_verdict()
    {
        await MakeAsync();
        var ran = await CommandRun.StoppedAsync(new CancellationToken(canceled: true), "handover", "--check", _directory);
        Assert.Equal((130, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("there is no verdict", ran.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("text")]
    [InlineData("json")]
    public async Task A_check_that_nobody_reads_to_its_end_gives_no_verdict(string format)
    {
        await MakeAsync();
        Directory.CreateDirectory(Path.Combine(Log, "journal"));
        var ran = await CommandRun.WithClosedOutputAsync("handover", "--check", _directory, "-o", format);
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("there is no verdict: whoever read", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_finding_that_cannot_be_written_is_no_fault_of_the_directory()
    {
        await MakeAsync();
        Directory.CreateDirectory(Path.Combine(Log, "journal"));
        var ran = await CommandRun.WithBrokenOutputAsync(new IOException("No space left on device"), "", "handover", "--check", _directory);
        Assert.Equal((1, "moldau: Standard output could not be written: No space left on device.\n        Not everything is there.\n"), (ran.ExitCode, ran.Notes));
    }

    [Fact]
    public async Task A_recovery_that_has_not_begun_does_not_begin_after_the_stop()
    {
        await MakeAsync();
        File.Delete(Path.Combine(Log, ".kafka_cleanshutdown"));
        var ran = await CommandRun.StoppedAsync(new CancellationToken(canceled: true), "handover", _directory);
        Assert.Equal((130, "moldau: Given up. Nothing was changed.\n"), (ran.ExitCode, ran.Notes));
        Assert.False(File.Exists(Path.Combine(Log, ".kafka_cleanshutdown")));
    }

    [Fact]
    public async Task What_a_handover_finds_does_not_get_between_the_properties()
    {
        await MakeAsync();
        Directory.CreateDirectory(Path.Combine(Log, "t-0.0123456789abcdef0123456789abcdef-stray"));
        var ran = await CommandRun.OfAsync("", "handover", _directory);
        Assert.Equal(0, ran.ExitCode);
        Assert.All(ran.Data.TrimEnd('\n').Split('\n'), line => Assert.Matches("^(#|[a-z._]+=)", line));
        Assert.Contains("It was set aside", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_no_data_directory_is_a_wrong_usage()
    {
        var ran = await CommandRun.OfAsync("", "handover", "--check", _directory);
        Assert.Equal((2, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("no data directory", ran.Notes, StringComparison.Ordinal);
    }

    private async Task MakeAsync()
    {
        var ran = await CommandRun.StoppedAtFirstDataAsync("up", "--data", _directory, "--port", "0", "--sasl-port", "0");
        Assert.Equal(0, ran.ExitCode);
    }

    private static string? Text(JsonDocument document, string name) => document.RootElement.GetProperty(name).GetString();
}
