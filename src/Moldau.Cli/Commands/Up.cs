using System.CommandLine;
using System.CommandLine.Parsing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Moldau.Broker;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>moldau up: the broker in the foreground, until Ctrl-C or SIGTERM.</summary>
internal sealed class Up
{
    private const int DefaultPort = 9092;
    private const int DefaultSaslPort = 9094;

    private readonly Option<string?> _data = TextOption.Create("--data", "DIR", $"Keep everything in this directory. [{DefaultDirectory}]");

    private readonly Option<bool> _memory = Flag.Create("--memory", "Keep everything in memory and forget it at the end.");
    private readonly Option<int?> _port = NumberOption.Create(
        "--port", 0, (int)ushort.MaxValue, $"Port for clients on this machine, without login; 0 takes any free one. [{DefaultPort}]");

    private readonly Option<int?> _saslPort = NumberOption.Create(
        "--sasl-port", 0, (int)ushort.MaxValue, $"Port with TLS and login (SASL_SSL); 0 takes any free one. [{DefaultSaslPort}]");

    private readonly Option<string?> _config = TextOption.Create("--config", "FILE", "A file in the format of Kafka's server.properties.");

    private readonly Option<string> _output = OutputOption.Create("with json one line as soon as clients can connect");

    private static string DefaultDirectory => Path.Combine(
        Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "moldau");

    public static Command Create(Surroundings around)
    {
        var up = new Up();
        var command = new Command("up", "Start the broker and run it until Ctrl-C.");
        foreach (Option option in (Option[])[up._data, up._memory, up._port, up._saslPort, up._config, up._output])
        {
            command.Options.Add(option);
        }

        up._data.Validators.Add(ValidateDirectory);
        command.Validators.Add(result =>
        {
            if (result.GetResult(up._memory) is not null && result.GetResult(up._data) is not null)
            {
                result.AddError("--memory keeps nothing, so it has no use for --data DIR: choose one.");
            }
        });
        command.SetAction((parsed, _) => around.UntilStoppedAsync(() => up.RunAsync(parsed, around)));
        return command;
    }

    private static void ValidateDirectory(OptionResult result)
    {
        foreach (string path in result.Tokens.Select(token => token.Value).Where(path => path.Length > 0))
        {
            if (FileOnTheWay(path) is { } file)
            {
                result.AddError($"--data takes DIR, the path of a directory, and {file} is a file.");
            }
        }
    }

    private static string? FileOnTheWay(string path)
    {
        string? part = Path.GetFullPath(path);
        while (part is not null && !Path.Exists(part))
        {
            part = Path.GetDirectoryName(part);
        }

        return File.Exists(part) ? part : null;
    }

    private async Task<int> RunAsync(ParseResult parsed, Surroundings around)
    {
        using var host = Host(parsed, around.Screen);
        var service = host.Services.GetRequiredService<BrokerService>();
        try
        {
            await host.StartAsync(around.Stop);
        }
        catch (Exception e) when (StartFailure.Explain(e) is { } failure)
        {
            throw failure;
        }

        try
        {
            new Greeting(service.Broker).Write(around.Screen, OutputOption.Read(parsed, _output));
        }
        catch
        {
            // Whoever started the broker does not read where it is (`moldau up | head -1`), so nobody would come.
            await host.StopAsync(CancellationToken.None);
            throw;
        }

        await UntilTheEndAsync(service.Broker.Completion, () => host.StopAsync(CancellationToken.None), around);
        around.Screen.Note("[grey]Stopped.[/]");
        return ExitCodes.Done;
    }

    /// <summary>Waits for Ctrl-C and stops the broker, or for the broker to give up.</summary>
    /// <exception cref="CommandFailure">The disk has failed, before the stop or at it.</exception>
    internal static async Task UntilTheEndAsync(Task completion, Func<Task> stop, Surroundings around)
    {
        try
        {
            await Task.WhenAny(completion, Task.Delay(Timeout.Infinite, around.Stop));
            if (completion.IsCompleted) await completion;
            around.EndTypedLine();
            if (!completion.IsCompleted) around.Screen.Note("[grey]Stopping ... (another Ctrl-C gives the clean stop up)[/]");
            using var givenUp = around.Abandoned.Register(() => around.Screen.Note("[red]Gave up the clean stop. Nothing acknowledged is lost; the next start recovers.[/]"));
            await stop();
        }
        catch (IOException e)
        {
            throw new CommandFailure(e.Message, "What was acknowledged is on the disk. Mend the disk, make room on it or mount it read-write again, and start again.");
        }
    }

    private IHost Host(ParseResult parsed, Screen screen)
    {
        // Without the defaults: no settings files of the working directory have a say, and the start takes milliseconds.
        var builder = new HostApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true, ApplicationName = "moldau" });
        builder.Logging.SetMinimumLevel(LogLevel.Information).AddBrokerLog(screen);
        // A failed start is told in words, not as the host's own stack trace.
        builder.Logging.AddFilter("Microsoft", LogLevel.Critical);
        // Signals are this program's own: StopSignals.
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddSingleton(BrokerOptions(parsed));
        builder.Services.AddSingleton<BrokerService>();
        builder.Services.AddHostedService(services => services.GetRequiredService<BrokerService>());
        return builder.Build();
    }

    private KafkaBrokerOptions BrokerOptions(ParseResult parsed)
    {
        string? data = parsed.GetValue(_data);
        var options = new KafkaBrokerOptions
        {
            DataDirectory = data is null ? null : Path.GetFullPath(data),
            Port = parsed.GetValue(_port),
            SaslPort = parsed.GetValue(_saslPort),
            ConfigFile = parsed.GetValue(_config),
        };
        // What a configuration file says goes before these, and what a flag says before that.
        options.Preferences = new BrokerPreferences
        {
            DataDirectory = DefaultDirectory,
            Port = DefaultPort,
            SaslPort = DefaultSaslPort,
        };
        if (parsed.GetValue(_memory))
        {
            options.Properties["moldau.memory"] = "true";
        }

        return options;
    }

    /// <summary>The host neither waits for signals nor prints anything by itself.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
