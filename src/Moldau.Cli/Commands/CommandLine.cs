using System.CommandLine;
using Confluent.Kafka;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands;

/// <summary>The whole of <c>moldau</c>, and what becomes of failures: words on standard error and an exit code.</summary>
internal static class CommandLine
{
    public static RootCommand Create(Surroundings around)
    {
        var root = new RootCommand(
            "Moldau: a Kafka-compatible broker in one process, and clients for it and any Kafka cluster.\n"
            + "Data goes to standard output, everything else to standard error. "
            + "Exit codes: 0 done, 1 failed or a message was lost, 2 wrong usage, 130 given up at a second Ctrl-C.");
        root.Subcommands.Add(Up.Create(around));
        root.Subcommands.Add(Play.Create(around));
        root.Subcommands.Add(Produce.Create(around));
        root.Subcommands.Add(Consume.Create(around));
        root.Subcommands.Add(Topics.Create(around));
        root.Subcommands.Add(Users.Create(around));
        root.Subcommands.Add(Handover.Create(around));
        return root;
    }

    public static async Task<int> RunAsync(string[] arguments, Surroundings around)
    {
        var parsed = Create(around).Parse(arguments);
        if (parsed.Errors.Count > 0)
        {
            foreach (var error in parsed.Errors)
            {
                around.Screen.Failure(error.Message, "");
            }

            string command = parsed.CommandResult.Command is RootCommand ? "moldau" : $"moldau {parsed.CommandResult.Command.Name}";
            around.Screen.Failure("Nothing was done.", $"`{command} --help` shows how it is used.");
            return ExitCodes.WrongUsage;
        }

        try
        {
            // Ctrl-C and SIGTERM are handled by StopSignals, as a command may need longer than the parser's patience to finish.
            var handled = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await parsed.InvokeAsync(handled);
        }
        catch (CommandFailure failure)
        {
            around.Screen.Failure(failure.Message, failure.Remedy);
            return ExitCodes.Failed;
        }
        catch (KafkaException e)
        {
            around.Screen.Failure($"The cluster or the client could not do this ({e.Error.Code}): {e.Error.Reason}", "");
            return ExitCodes.Failed;
        }
        catch (OutputClosedException)
        {
            // As with `| head`: whoever reads has seen enough.
            return ExitCodes.Done;
        }
        catch (OperationCanceledException) when (around.Stop.IsCancellationRequested)
        {
            return ExitCodes.Done;
        }
    }
}
