using System.Text.Json;
using Moldau.Broker;

namespace Moldau.Cli.Tests.Commands;

public sealed class UpTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("moldau-up-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public async Task One_line_of_json_says_where_and_as_whom()
    {
        var ran = await CommandRun.StoppedAtFirstDataAsync("up", "--data", _directory, "--port", "0", "--sasl-port", "0", "-o", "json");
        Assert.Equal(0, ran.ExitCode);
        using var up = JsonDocument.Parse(ran.Data);
        Assert.StartsWith("127.0.0.1:", up.RootElement.GetProperty("bootstrap").GetString(), StringComparison.Ordinal);
        Assert.StartsWith("127.0.0.1:", up.RootElement.GetProperty("saslBootstrap").GetString(), StringComparison.Ordinal);
        Assert.Equal(_directory, up.RootElement.GetProperty("dataDirectory").GetString());
        Assert.True(File.Exists(up.RootElement.GetProperty("caPath").GetString()));
        Assert.NotEmpty(up.RootElement.GetProperty("username").GetString()!);
        Assert.NotEmpty(up.RootElement.GetProperty("password").GetString()!);
    }

    [Fact]
    public async Task The_password_is_shown_at_the_first_start_only()
    {
        var first = await CommandRun.StoppedAtFirstDataAsync("up", "--data", _directory, "--port", "0", "--sasl-port", "0");
        var second = await CommandRun.StoppedAtFirstDataAsync("up", "--data", _directory, "--port", "0", "--sasl-port", "0");
        Assert.Matches("(?m)^password +[A-Za-z0-9]+$", first.Data);
        Assert.DoesNotMatch("(?m)^password", second.Data);
        Assert.Contains("USER and PASSWORD", second.Data, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_port_that_is_taken_is_named_with_the_remedy()
    {
        await using var other = await KafkaBroker.StartAsync(new KafkaBrokerOptions { Port = 0 });
        string port = other.BootstrapServers.Split(':')[^1];
        var ran = await CommandRun.OfAsync("", "up", "--memory", "--port", port, "--sasl-port", "0");
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains($"127.0.0.1:{port}", ran.Notes, StringComparison.Ordinal);
        Assert.Contains("--port", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_is_unknown_is_named_with_the_nearest_known_one()
    {
        string file = Path.Combine(_directory, "server.properties");
        await File.WriteAllTextAsync(file, "log.retention.hour=1\n");
        var ran = await CommandRun.OfAsync("", "up", "--memory", "--config", file);
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("log.retention.hours", ran.Notes, StringComparison.Ordinal);
    }
}
