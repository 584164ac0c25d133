using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Moldau.Broker;
using Moldau.Cli.Commands;
using Moldau.Cli.Terminal;
using Moldau.Log.Files;

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
    public async Task A_reader_that_has_seen_enough_lets_the_broker_stop_cleanly()
    {
        var ran = await CommandRun.WithClosedOutputAsync("up", "--data", _directory, "--port", "0", "--sasl-port", "0");
        Assert.Equal(0, ran.ExitCode);
        Assert.True(File.Exists(Path.Combine(_directory, "log", ".kafka_cleanshutdown")));
    }

    [Fact]
    public async Task The_directory_that_is_shown_is_one_that_handover_takes()
    {
        string file = Path.Combine(_directory, "server.properties");
        await File.WriteAllTextAsync(file, $"log.dirs={Path.Combine(_directory, "a")}\n");
        var ran = await CommandRun.StoppedAtFirstDataAsync("up", "--config", file, "--port", "0", "--sasl-port", "0", "-o", "json");
        using var up = JsonDocument.Parse(ran.Data);
        string shown = up.RootElement.GetProperty("dataDirectory").GetString()!;
        Assert.Equal(Path.Combine(_directory, "a.tls", "ca.pem"), up.RootElement.GetProperty("caPath").GetString());
        Assert.Equal(0, (await CommandRun.OfAsync("", "handover", "--check", shown)).ExitCode);
    }

    [Fact]
    public async Task The_password_is_shown_at_the_first_start_only()
    {
        var first = await CommandRun.StoppedAtFirstDataAsync("up", "--data", _directory, "--port", "0", "--sasl-port", "0");
        var second = await CommandRun.StoppedAtFirstDataAsync("up", "--data", _directory, "--port", "0", "--sasl-port", "0");
        Assert.Matches("(?m)^password +[A-Za-z0-9]+$", first.Data);
        Assert.DoesNotMatch("(?m)^password", second.Data);
        Assert.Contains("USER and PASSWORD", second.Data, StringComparison.Ordinal);
        Assert.Contains("`moldau user add moldau --brokers 127.0.0.1:", second.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task One_port_for_two_listeners_is_refused_with_the_remedy()
    {
        int port = FreePort();
        var ran = await CommandRun.OfAsync("", "up", "--memory", "--port", $"{port}", "--sasl-port", $"{port}");
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains($"SASL_SSL cannot be opened on 127.0.0.1:{port}", ran.Notes, StringComparison.Ordinal);
        Assert.Contains("--sasl-port", ran.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("file/below")]
    public async Task A_file_in_place_of_the_directory_is_named(string path)
    {
        await File.WriteAllTextAsync(Path.Combine(_directory, "file"), "");
        var ran = await CommandRun.OfAsync("", "up", "--data", Path.Combine(_directory, path));
        Assert.Equal((2, ""), (ran.ExitCode, ran.Data));
        Assert.Contains($"{Path.Combine(_directory, "file")} is a file", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_of_the_directory_is_not_taken_for_a_full_disk()
    {
        string log = Directory.CreateDirectory(Path.Combine(_directory, "log")).FullName;
        await File.WriteAllTextAsync(Path.Combine(log, "meta.properties"), "garbage\n");
        var ran = await CommandRun.OfAsync("", "up", "--data", _directory, "--port", "0", "--sasl-port", "0");
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("meta.properties: its version is not 1", ran.Notes, StringComparison.Ordinal);
        Assert.Contains("The file is damaged", ran.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("log")]
    [InlineData("journal")]
    [InlineData("tls")]
    public async Task A_file_where_a_directory_belongs_is_not_taken_for_a_full_disk(string name)
    {
        string file = Path.Combine(_directory, name);
        await File.WriteAllTextAsync(file, "");
        var ran = await CommandRun.OfAsync("", "up", "--data", _directory, "--port", "0", "--sasl-port", "0");
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains(file, ran.Notes, StringComparison.Ordinal);
        Assert.Contains("A file is where a directory belongs", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_metadata_log_that_is_damaged_is_not_taken_for_a_full_disk()
    {
        string[] up = ["up", "--data", _directory, "--port", "0", "--sasl-port", "0"];
        await CommandRun.StoppedAtFirstDataAsync(up);
        string metadata = Path.Combine(_directory, "log", "__cluster_metadata-0");
        byte[] bytes = await File.ReadAllBytesAsync(Path.Combine(metadata, "00000000000000000000.log"));
        bytes[bytes.Length / 2] ^= 0xFF;
        await File.WriteAllBytesAsync(Path.Combine(metadata, "00000000000000000000.log"), bytes);
        var ran = await CommandRun.OfAsync("", up);
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("`moldau handover --check DIR` says, file by file", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_to_be_pasted_fits_a_path_with_a_space()
    {
        string directory = Path.Combine(_directory, "a b");
        var ran = await CommandRun.StoppedAtFirstDataAsync("up", "--data", directory, "--port", "0", "--sasl-port", "0");
        Assert.Contains($"-X 'ssl.ca.location={directory}/tls/ca.pem' -L", ran.Data, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_that_needs_a_right_is_told_as_one()
    {
        var refused = new IOException("The listener X cannot be opened", new SocketException((int)SocketError.AccessDenied));
        Assert.Contains("below 1024", StartFailure.Explain(refused)!.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(StorageLack.Room), "Free some room")]
    [InlineData(nameof(StorageLack.FileHandles), "Raise the limit of open files")]
    [InlineData(nameof(StorageLack.WriteAccess), "read-write")]
    public void A_disk_that_takes_no_writes_is_told_with_the_remedy_of_what_it_lacks(string lack, string remedy)
    {
        var refused = new StorageExhaustedException("The disk says no.", null, Enum.Parse<StorageLack>(lack));
        Assert.Contains(remedy, StartFailure.Explain(refused)!.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_configuration_file_that_is_no_text_is_not_shown()
    {
        string file = Path.Combine(_directory, "server.properties");
        await File.WriteAllBytesAsync(file, [0x6B, 0x00, 0x1B, 0x5B, 0x32, 0x4A]);
        var ran = await CommandRun.OfAsync("", "up", "--memory", "--config", file);
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains($"{file} is no text", ran.Notes, StringComparison.Ordinal);
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
    public async Task A_directory_of_another_node_is_explained_with_the_remedy()
    {
        string log = Directory.CreateDirectory(Path.Combine(_directory, "log")).FullName;
        await File.WriteAllTextAsync(
            Path.Combine(log, "meta.properties"), "version=1\ncluster.id=MkU3OEVBNTcwNTJENDM2Qg\nnode.id=7\ndirectory.id=qu8VX8AnS5WHJl8WpvUWZA\n");
        var ran = await CommandRun.OfAsync("", "up", "--data", _directory, "--port", "0", "--sasl-port", "0");
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("belongs to node 7", ran.Notes, StringComparison.Ordinal);
        Assert.Contains("Set node.id=7", ran.Notes, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_directory_in_use_is_named_with_the_remedy()
    {
        await using var other = await KafkaBroker.StartAsync(new KafkaBrokerOptions { DataDirectory = _directory });
        var ran = await CommandRun.OfAsync("", "up", "--data", _directory, "--port", "0", "--sasl-port", "0");
        Assert.Equal((1, ""), (ran.ExitCode, ran.Data));
        Assert.Contains("in use by another broker", ran.Notes, StringComparison.Ordinal);
        Assert.Contains("--data", ran.Notes, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_failed_disk_is_told_in_words(bool isBeforeTheStop)
    {
        await using var notes = new StringWriter();
        using var screen = Screen.Piped(new MemoryStream(), notes);
        var around = new Surroundings(screen, new Input(new MemoryStream()), CancellationToken.None);
        var failed = Task.FromException(new IOException("The broker has stopped since its disk failed: No space left on device"));
        var (completion, stop) = isBeforeTheStop ? (failed, Task.CompletedTask) : (Task.CompletedTask, failed);
        var failure = await Assert.ThrowsAsync<CommandFailure>(() => Up.UntilTheEndAsync(completion, () => stop, around));
        Assert.Contains("No space left", failure.Message, StringComparison.Ordinal);
        Assert.Contains("start again", failure.Remedy, StringComparison.Ordinal);
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

    private static int FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return ((IPEndPoint)socket.LocalEndPoint!).Port;
    }
}
