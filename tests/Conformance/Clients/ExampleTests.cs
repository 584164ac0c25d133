using System.Diagnostics;
using Moldau.TestKit;

namespace Moldau.Conformance.Clients;

/// <summary>The example programs, each alone in an empty folder, over TLS with a login: what a restart of them does, and a broker that is away.</summary>
public sealed class ExampleTests(ClientBroker broker) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4); // The C# ones are compiled first.

    private readonly DirectoryInfo _folders = Directory.CreateTempSubdirectory("moldau-examples-");
    private readonly Dictionary<string, string> _compiled = [];

    public void Dispose() => _folders.Delete(recursive: true);

    [Theory]
    [InlineData(".cs")]
    [InlineData(".py")]
    public async Task The_mean_of_the_last_three_outlives_a_restart(string language)
    {
        SkipWhereMissing(language);
        string topic = await broker.CreateTopicAsync("example-numbers");
        await ProduceAsync("producer2" + language, topic, "1\n2.5\noops\n4\n");
        Assert.Equal(["1", "2.5", "2.5"], await ConsumeAsync("consumer2" + language, topic, lines: 3));
        await ProduceAsync("producer2" + language, topic, "10\n");
        Assert.Equal(["5.5"], await ConsumeAsync("consumer2" + language, topic, lines: 1));
    }

    [Theory]
    [InlineData(".cs")]
    [InlineData(".py")]
    public async Task A_producer_whose_broker_is_away_gives_up_at_Ctrl_C_and_says_how_many(string language)
    {
        SkipWhereMissing(language);
        using var program = await StartAsync("producer1" + language, "away", brokers: "127.0.0.1:1");
        await program.StandardInput.WriteAsync("one\ntwo\n");
        program.StandardInput.Close();
        Assert.NotNull(await ErrorLineAsync(program, "% Waiting for 2 deliveries"));
        Interrupt(program);
        Assert.Equal("% Gave up 2 messages", await ErrorLineAsync(program, "% Gave up"));
        await program.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal(130, program.ExitCode);
    }

    [Fact]
    public async Task A_broker_that_is_away_is_told_in_one_line()
    {
        using var program = await StartAsync("consumer1.cs", "away", brokers: "127.0.0.1:1");
        Assert.Equal("% No broker to work with; trying again", await program.StandardError.ReadLineAsync().WaitAsync(Patience));
        Interrupt(program);
        await program.WaitForExitAsync().WaitAsync(Patience);
        Assert.Equal("", await program.StandardError.ReadToEndAsync());
    }

    private static async Task<string?> ErrorLineAsync(Process program, string beginning)
    {
        while (await program.StandardError.ReadLineAsync().WaitAsync(Patience) is { } line)
        {
            if (line.StartsWith(beginning, StringComparison.Ordinal)) return line;
        }

        return null;
    }

    private static void Interrupt(Process program) => Process.Start("kill", ["-INT", $"{program.Id}"]).WaitForExit();

    private static void SkipWhereMissing(string language)
    {
        if (language == ".py") ClientProgram.PythonConfluentKafka.SkipIfMissing();
    }

    private async Task ProduceAsync(string file, string topic, string input)
    {
        using var program = await StartAsync(file, topic);
        await program.StandardInput.WriteAsync(input);
        program.StandardInput.Close();
        var errors = program.StandardError.ReadToEndAsync();
        await program.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(program.ExitCode == 0, $"{file} ended with {program.ExitCode}:\n{await errors}");
    }

    /// <summary>Reads so many lines, and then stops the consumer with Ctrl-C.</summary>
    private async Task<string[]> ConsumeAsync(string file, string topic, int lines)
    {
        using var program = await StartAsync(file, topic);
        var errors = program.StandardError.ReadToEndAsync();
        var shown = new List<string>();
        while (shown.Count < lines && await program.StandardOutput.ReadLineAsync().WaitAsync(Patience) is { } line) shown.Add(line);
        Interrupt(program);
        await program.WaitForExitAsync().WaitAsync(Patience);
        string rest = await program.StandardOutput.ReadToEndAsync();
        bool isWell = program.ExitCode == 0 && rest.Length == 0;
        Assert.True(isWell, $"{file} ended with {program.ExitCode}, after more lines: {rest}\n{await errors}");
        return [.. shown];
    }

    private async Task<Process> StartAsync(string file, string topic, string? brokers = null)
    {
        string[] program = file.EndsWith(".py", StringComparison.Ordinal)
            ? ["/usr/bin/python3", Path.Combine(Repository.Root, "examples", "python", file)]
            : ["dotnet", await CompiledAsync(file)];
        // A shell that runs the tests in the background lets its children ignore Ctrl-C.
        var start = new ProcessStartInfo("env", ["--default-signal=INT", .. program]);
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        start.Environment["CLOUDKARAFKA_BROKERS"] = brokers ?? broker.SaslBootstrap;
        start.Environment["CLOUDKARAFKA_USERNAME"] = ClientBroker.User;
        start.Environment["CLOUDKARAFKA_PASSWORD"] = ClientBroker.Password;
        start.Environment["CLOUDKARAFKA_CA"] = broker.CaPath;
        start.Environment["CLOUDKARAFKA_TOPIC"] = $"{topic},another";
        return Process.Start(start)!;
    }

    /// <summary>What `dotnet run FILE` does first. The program is then started by itself, so that Ctrl-C reaches it.</summary>
    private async Task<string> CompiledAsync(string file)
    {
        if (_compiled.TryGetValue(file, out string? known)) return known;
        string folder = _folders.CreateSubdirectory(file).FullName;
        File.Copy(Path.Combine(Repository.Root, "examples", file), Path.Combine(folder, file));
        var start = new ProcessStartInfo("dotnet", ["build", file, "-o", "built", "-v", "quiet", "-nologo", "-p:UseSharedCompilation=false"])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
        };
        // A build server that outlives the build would hold its output open, and we would wait for its end.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["DOTNET_CLI_USE_MSBUILD_SERVER"] = "0";
        using var build = Process.Start(start)!;
        string said = await build.StandardOutput.ReadToEndAsync().WaitAsync(Patience);
        await build.WaitForExitAsync().WaitAsync(Patience);
        Assert.True(build.ExitCode == 0, said);
        return _compiled[file] = Path.Combine(folder, "built", Path.ChangeExtension(file, ".dll"));
    }
}
