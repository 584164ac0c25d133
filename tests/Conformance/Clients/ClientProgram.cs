using System.Diagnostics;
using Moldau.TestKit;

namespace Moldau.Conformance.Clients;

/// <summary>A client that is a program of its own: where it is found, and how it is run.</summary>
internal sealed class ClientProgram
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string Folder = AppContext.BaseDirectory;

    private readonly string _executable;
    private readonly string[] _firstArguments;
    private readonly string? _missing;

    private ClientProgram(string executable, string[] firstArguments, string? missing)
    {
        _executable = executable;
        _firstArguments = firstArguments;
        _missing = missing;
    }

    public static ClientProgram Kcat { get; } = new("kcat", [], Runs("kcat", "-V") ? null : "kcat is not installed");

    public static ClientProgram PythonConfluentKafka { get; } = Python("confluent_kafka", "python/confluent_client.py");

    public static ClientProgram PythonKafka { get; } = Python("kafka", "python/kafka_client.py");

    public static ClientProgram Kafkajs { get; } = Node("kafkajs", "client.js");

    /// <summary>Members of a group.</summary>
    public static ClientProgram PythonConfluentKafkaMember { get; } = Python("confluent_kafka", "python/confluent_members.py");

    public static ClientProgram PythonKafkaMember { get; } = Python("kafka", "python/kafka_members.py");

    public static ClientProgram KafkajsMember { get; } = Node("kafkajs", "kafkajs-members.js");

    public static ClientProgram PlatformaticMember { get; } = Node("@platformatic/kafka", "platformatic-members.mjs");

    public static ClientProgram ConfluentKafkaMember { get; } = new(
        Path.Combine(Folder, OperatingSystem.IsWindows() ? "Moldau.Conformance.exe" : "Moldau.Conformance"), [Program.Member], missing: null);

    public bool IsMissing => _missing is not null;

    /// <summary>Another script for the interpreter of the same client.</summary>
    public ClientProgram With(string script) => new(_executable, [script], _missing);

    /// <summary>Skips the test that runs where the client is not there.</summary>
    public void SkipIfMissing() => Assert.SkipWhen(IsMissing, _missing ?? "");

    /// <summary>Starts the client and leaves it alone; whoever starts it ends it.</summary>
    public Process Start(params string[] arguments) =>
        Process.Start(new ProcessStartInfo(_executable, [.. _firstArguments, .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true })!;

    /// <summary>Runs the client to its end; fails with all that it said where it did not end well.</summary>
    public async Task<ProgramOutput> RunAsync(IEnumerable<string> arguments, string input = "")
    {
        SkipIfMissing();
        var start = new ProcessStartInfo(_executable, [.. _firstArguments, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(Patience);
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            Assert.Fail($"{_executable} did not end within {Patience.TotalSeconds} s. It said:\n{await output}\n{await errors}");
        }
        Assert.True(process.ExitCode == 0, $"{_executable} ended with {process.ExitCode}:\n{await output}\n{await errors}");
        return new ProgramOutput(await output, await errors);
    }

    private static ClientProgram Python(string module, string script)
    {
        // The system's interpreter first: Debian's client packages are for that one alone.
        string? python = new[] { "/usr/bin/python3", "python3" }.FirstOrDefault(name => Runs(name, "-c", $"import {module}"));
        return new(python ?? "python3", [Path.Combine(Folder, script)], python is null ? $"no python3 has the module {module}" : null);
    }

    private static ClientProgram Node(string module, string script)
    {
        // Node looks for modules beside the script, so it is run where it was installed.
        string folder = Path.Combine(Repository.Root, "tests", "Conformance", "node");
        string? missing = !Runs("node", "--version") ? "node is not installed"
            : Directory.Exists(Path.Combine(folder, "node_modules", module)) ? null
            : $"the npm package {module} is not installed";
        return new("node", [Path.Combine(folder, script)], missing);
    }

    private static bool Runs(string executable, params string[] arguments)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(executable, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            return process.ExitCode == 0;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }
}

/// <summary>What a client program printed.</summary>
internal sealed record ProgramOutput(string Output, string Errors)
{
    public string[] Lines => Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
