using System.CommandLine;
using Microsoft.Extensions.Logging;
using Moldau.Broker.Handover;
using Moldau.Broker.Topics;
using Moldau.Cli.Terminal;
using Moldau.Log.Files;

namespace Moldau.Cli.Commands;

/// <summary>moldau handover: makes a stopped directory ready for Apache Kafka, or says what keeps Kafka from taking it over.</summary>
internal sealed class Handover(Surroundings around)
{
    private readonly Screen _screen = around.Screen;

    private readonly Argument<string> _directory = new("DIR")
    {
        Description = "The directory that `moldau up --data` was given, or a log directory itself.",
    };

    private readonly Option<bool> _check = Flag.Create(
        "--check", "Only look, and change nothing. Exit code 1 says that Kafka would refuse or lose something.");

    private readonly Option<string> _output = OutputOption.Create("with json one line per finding, and one for the whole");

    public static Command Create(Surroundings around)
    {
        var handover = new Handover(around);
        var command = new Command("handover", "Make a stopped data directory ready for Apache Kafka 4.4.");
        command.Arguments.Add(handover._directory);
        command.Options.Add(handover._check);
        command.Options.Add(handover._output);
        command.Validators.Add(result =>
        {
            if (result.GetValue(handover._directory) is { } directory && Refusal(directory) is { } refusal)
            {
                result.AddError(refusal);
            }
        });
        command.SetAction((parsed, _) => handover.RunAsync(parsed));
        return command;
    }

    /// <summary>Null if it is one.</summary>
    private static string? Refusal(string directory)
    {
        if (string.IsNullOrWhiteSpace(directory)) return "DIR must not be empty.";
        if (CheckedPaths.Find(directory) is not null) return null;
        try
        {
            if (Directory.Exists(directory)) Directory.GetFileSystemEntries(directory);
        }
        catch (UnauthorizedAccessException)
        {
            return $"{directory} may not be entered by this user: run this as the one whose broker made it.";
        }

        return $"{directory} is no data directory: it holds neither a folder 'log' nor meta.properties.";
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var paths = CheckedPaths.Find(parsed.GetRequiredValue(_directory))!;
        var format = OutputOption.Read(parsed, _output);
        bool onlyCheck = parsed.GetValue(_check);
        if (!onlyCheck) await RepairAsync(paths);
        var (passes, properties) = Check(paths, format, onlyCheck);
        if (properties is not null && format == OutputFormat.Text) WriteProperties(properties);
        return passes ? ExitCodes.Done : ExitCodes.Failed;
    }

    private (bool Passes, string? Properties) Check(CheckedPaths paths, OutputFormat format, bool onlyCheck)
    {
        using var progress = new CheckProgressLine(_screen);
        using var end = CancellationTokenSource.CreateLinkedTokenSource(around.Stop);
        // Of a handover the properties are the data: what is found must not get between them.
        var writer = new CheckFindingWriter(_screen, format, progress, end.Cancel) { WritesNotes = !onlyCheck };
        var findings = new FindingList(writer.Write);
        var context = new CheckContext(paths, findings) { Progress = progress.Show, Cancel = end.Token };
        try
        {
            HandoverCheck.Run(context);
            end.Token.ThrowIfCancellationRequested();
            progress.Clear();
            string? properties = onlyCheck || !findings.Passes ? null : Properties(context);
            writer.Conclude(paths.Log, findings, properties);
            return (findings.Passes, properties);
        }
        catch (Exception e) when (e is OperationCanceledException or OutputClosedException)
        {
            throw Unfinished();
        }
        catch (Exception e) when (e is (IOException and not OutputFailedException) or UnauthorizedAccessException)
        {
            throw new CommandFailure(e.Message, "The log directory must be readable for the user that runs this.");
        }
    }

    /// <summary>Whoever asks by the exit code must not take this for a good end.</summary>
    private CommandFailure Unfinished()
    {
        const string NoVerdict = "The check is not finished, and there is no verdict";
        try
        {
            _screen.Flush();
        }
        catch (OutputClosedException)
        {
            return new CommandFailure($"{NoVerdict}: whoever read what it found has gone.", "Write it to a file, or read it to its end.");
        }

        return new GivenUp($"{NoVerdict}.");
    }

    private async Task RepairAsync(CheckedPaths paths)
    {
        try
        {
            if (!HandoverRepair.IsNeeded(paths, out var identity)) return;
            if (identity is null) return; // The check says what is wrong with meta.properties.
            around.Stop.ThrowIfCancellationRequested();
            _screen.Note("Recovering the directory and stopping it cleanly ...");
            using var stopped = around.Stop.Register(() => _screen.Note("The recovery is brought to its end; another Ctrl-C gives it up."));
            using var givenUp = around.Abandoned.Register(() => _screen.Note("[red]Gave up the recovery. Nothing acknowledged is lost; once more does it.[/]"));
            using var loggers = LoggerFactory.Create(logging => logging.AddBrokerLog(_screen));
            await HandoverRepair.RunAsync(paths, identity, TimeProvider.System, loggers);
        }
        catch (DirectoryInUseException e)
        {
            throw new CommandFailure(e.Message, "Stop that broker first; a clean stop is a good beginning.");
        }
        catch (StorageExhaustedException e)
        {
            throw new CommandFailure($"The directory could not be recovered: {e.Message}", $"{StorageRemedy.Of(e)}, and run this again.");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandFailure($"The directory could not be recovered: {e.Message}", "`moldau handover --check DIR` says, file by file, what is wrong with it.");
        }
    }

    private static string? Properties(CheckContext context)
    {
        if (context.Identity is not { } identity) return null;
        // Once more, for what the metadata says: it takes milliseconds, and the check keeps nothing that it does not need.
        var quiet = new CheckContext(context.Paths, new FindingList(_ => { }));
        return ServerProperties.Of(context.LogDirectory, identity, HandoverCheck.CheckMetadata(quiet).View);
    }

    private void WriteProperties(string properties)
    {
        _screen.Note("Save what follows as server.properties, and start Kafka with it: [bold]bin/kafka-server-start.sh server.properties[/]");
        foreach (string line in properties.TrimEnd('\n').Split('\n')) _screen.Data(line);
        _screen.Flush();
    }
}
