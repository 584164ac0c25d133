using Moldau.Broker;
using Moldau.Cli.Terminal;
using Moldau.Cli.Tests.Clients;

namespace Moldau.Cli.Tests.Commands;

/// <summary>Standard output that takes nothing: its reader has gone, or its disk is full.</summary>
public class BrokenOutputTests
{
    private static readonly string Lines = string.Concat(Enumerable.Range(0, 1_000).Select(i => $"{i}\n"));

    private static IOException Full => new("No space left on device");

    private static IOException Closed => new OutputClosedException("Broken pipe");

    [Fact]
    public async Task Produce_ends_well_when_nobody_reads_its_reports()
    {
        await using var broker = await TestBroker.WithTopicAsync("lines");
        var ran = await CommandRun.WithBrokenOutputAsync(Closed, Lines, "produce", "lines", "-o", "json", "--brokers", broker.Address);
        Assert.Equal(0, ran.ExitCode);
        Assert.DoesNotContain("moldau:", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Produce_ends_with_the_reason_when_its_reports_cannot_be_written()
    {
        await using var broker = await TestBroker.WithTopicAsync("lines");
        var ran = await CommandRun.WithBrokenOutputAsync(Full, Lines, "produce", "lines", "-o", "json", "--brokers", broker.Address);
        AssertFull(ran);
        Assert.Matches("Delivered [1-9][0-9]* message", ran.Notes);
    }

    [Fact]
    public async Task What_consume_could_not_write_is_shown_to_the_next()
    {
        await using var broker = await TestBroker.WithTopicAsync("lines");
        await broker.SendAsync("lines", (0, "one"), (0, "two"));
        string[] consume = ["consume", "lines", "--from-beginning", "--max", "2", "--brokers", broker.Address];
        AssertFull(await CommandRun.WithBrokenOutputAsync(Full, "", consume));
        Assert.Equal("one\ntwo\n", (await CommandRun.OfAsync("", consume)).Data);
    }

    [Fact]
    public async Task A_list_that_cannot_be_written_is_a_failure()
    {
        await using var broker = await TestBroker.WithTopicAsync("lines");
        AssertFull(await CommandRun.WithBrokenOutputAsync(Full, "", "topic", "list", "--brokers", broker.Address));
        AssertFull(await CommandRun.WithBrokenOutputAsync(Full, "", "topic", "list", "-o", "json", "--brokers", broker.Address));
        AssertFull(await CommandRun.WithBrokenOutputAsync(Full, "", "--help"));
    }

    [Fact]
    public async Task A_password_that_cannot_be_shown_is_a_failure_with_the_remedy()
    {
        await using var broker = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0, SaslPort = 0 });
        foreach (var failure in new[] { Full, Closed })
        {
            var ran = await CommandRun.WithBrokenOutputAsync(failure, "", "user", "add", "eva", "--brokers", broker.BootstrapServers);
            Assert.Equal(1, ran.ExitCode);
            Assert.Contains("`moldau user add eva` sets a new one", ran.Notes, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_broker_whose_address_nobody_can_learn_is_stopped()
    {
        string directory = Directory.CreateTempSubdirectory("moldau-up-").FullName;
        string[] up = ["up", "--data", directory, "--port", "0", "--sasl-port", "0"];
        AssertFull(await CommandRun.WithBrokenOutputAsync(Full, "", up));
        Assert.Equal(0, (await CommandRun.StoppedAtFirstDataAsync(up)).ExitCode);
        Directory.Delete(directory, recursive: true);
    }

    private static void AssertFull(CommandRun ran)
    {
        Assert.Equal(1, ran.ExitCode);
        Assert.Contains("Standard output could not be written: No space left on device", ran.Notes, StringComparison.Ordinal);
    }
}
