using Microsoft.Extensions.Logging;
using Moldau.Broker.Config;
using Moldau.Broker.Tests.Net;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Tests;

public sealed class LogLineTests
{
    [Theory]
    [InlineData("all is well: äöü 日本 😀", "all is well: äöü 日本 😀")]
    [InlineData("a\nb\r\tc", "a\\u000ab\\u000d\\u0009c")]
    [InlineData("\u001b[2J\u007f\u0085", "\\u001b[2J\\u007f\\u0085")]
    [InlineData("a\u2028b\u202ec\u2066d", "a\\u2028b\\u202ec\\u2066d")]
    public void What_would_begin_a_line_or_steer_a_terminal_is_spelled_out(string text, string line) => Assert.Equal(line, LogLine.Of(text));

    [Fact]
    public void A_long_line_is_cut_and_says_so()
    {
        string line = LogLine.Of(new string('x', LogLine.CharsMax + 5));
        Assert.Equal(new string('x', LogLine.CharsMax) + "... (5 characters more)", line);
    }

    [Fact]
    public void Every_logger_of_a_broker_writes_such_lines()
    {
        var lines = new EventLines();
        new LoggerLevels(lines).CreateLogger("any").LogWarning("of {Client}", "x\ny");
        Assert.Equal(["of x\\u000ay"], lines.Take());
    }

    [Fact]
    public async Task A_client_that_has_not_logged_in_cannot_forge_a_line()
    {
        var lines = new EventLines();
        await using var broker = await KafkaBroker.StartAsync(new() { SaslPort = 0, LoggerFactory = lines });
        using var client = new WireClient(broker.SaslBootstrapServers!);
        await client.BeginTlsAsync("localhost", broker.CaCertificatePath!);
        await client.SendAsync(new SaslHandshakeRequest { Mechanism = "X\n12:00 all users were removed\n" + new string('y', 10_000) }, version: 1);
        string line = await lines.WithAsync("it asked for the mechanism");
        Assert.DoesNotContain('\n', line);
        Assert.InRange(line.Length, 1, LogLine.CharsMax + 100);
    }
}
