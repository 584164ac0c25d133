using System.CommandLine;
using System.CommandLine.Parsing;
using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Commands.Groups;
using Moldau.Cli.Commands.Topics;
using Moldau.Cli.Commands.Transactions;
using Moldau.Cli.Commands.Users;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands;

/// <summary>The whole of <c>moldau</c>, and what becomes of failures: words on standard error and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>The variable that asks for the stack trace of what nobody has foreseen.</summary>
    public const string TraceVariable = "MOLDAU_TRACE";

    /// <summary>A name may begin with @, and a password is not that of a file.</summary>
    private static readonly ParserConfiguration Literal = new() { ResponseFileTokenReplacer = null };

    public static RootCommand Create(Surroundings around)
    {
        var root = new RootCommand(
            "Moldau: a Kafka-compatible broker in one process, and clients for it and any Kafka cluster.\n"
            + "Data goes to standard output, everything else to standard error. "
            + "Exit codes: 0 done, 1 failed or a message was lost, 2 wrong usage, 130 given up at Ctrl-C.");
        root.Subcommands.Add(Up.Create(around));
        root.Subcommands.Add(Play.Create(around));
        root.Subcommands.Add(Produce.Create(around));
        root.Subcommands.Add(Consume.Create(around));
        root.Subcommands.Add(TopicCommands.Create(around));
        root.Subcommands.Add(GroupCommands.Create(around));
        root.Subcommands.Add(TransactionCommands.Create(around));
        root.Subcommands.Add(UserCommands.Create(around));
        root.Subcommands.Add(Handover.Create(around));
        return root;
    }

    public static Task<int> RunAsync(string[] arguments, Surroundings around) => RunAsync(() => Create(around), arguments, around);

    internal static async Task<int> RunAsync(Func<RootCommand> create, string[] arguments, Surroundings around)
    {
        try
        {
            var parsed = create().Parse(arguments, Literal);
            if (parsed.Errors.Count > 0)
            {
                return Refuse(parsed, arguments, around.Screen);
            }

            // Ctrl-C and SIGTERM are handled by StopSignals, as a command may need longer than the parser's patience to finish.
            var handled = new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
                Output = around.Screen.Writer,
            };
            int exitCode = await parsed.InvokeAsync(handled);
            around.Screen.Flush();
            return exitCode;
        }
        catch (OperationCanceledException) when (around.Stop.IsCancellationRequested)
        {
            // Those that end well at Ctrl-C have come to their end by themselves, and whoever has asked a broker for a change has said so.
            return Explain(new GivenUp("Given up. Nothing was changed."), around.Screen);
        }
        catch (OutputClosedException)
        {
            // As with `| head`: whoever reads has seen enough.
            return ExitCodes.Done;
        }
        catch (Exception e)
        {
            return Explain(e, around.Screen);
        }
    }

    private static int Refuse(ParseResult parsed, string[] arguments, Screen screen)
    {
        foreach (var error in parsed.Errors.Where(error => !MissesCommandBesideUnknownOne(parsed, error)))
        {
            screen.Failure(error.Message, "");
        }

        screen.Failure(["Nothing was done.", .. Hints(parsed, arguments)], $"`{PathOf(parsed.CommandResult)} --help` shows how it is used.");
        return ExitCodes.WrongUsage;
    }

    private static IEnumerable<string> Hints(ParseResult parsed, string[] arguments)
    {
        var command = parsed.CommandResult.Command;
        var words = command.Subcommands.Select(sub => sub.Name).Concat(command.Options.Select(option => option.Name));
        if (parsed.UnmatchedTokens is [var typed, ..] && NearestName.Of(typed, words) is { } near && near != typed)
        {
            yield return $"Is `{PathOf(parsed.CommandResult)} {near}` meant?";
        }

        bool isNameMissing = command.Arguments.Any(argument => argument.Arity.MinimumNumberOfValues > 0 && parsed.GetResult(argument) is not { Tokens.Count: > 0 });
        if (parsed.Tokens.Any(token => token.Type == TokenType.DoubleDash) || (isNameMissing && IsNameTakenForOption(parsed, arguments)))
        {
            yield return $"A name that begins with a dash stands after the options and --: `{PathOf(parsed.CommandResult)} -- -name`.";
        }
    }

    /// <summary>An option that lacks its value at the end, or what the parser has taken apart: -orders is -o with the value rders to it.</summary>
    private static bool IsNameTakenForOption(ParseResult parsed, string[] arguments)
    {
        string[] options = [.. parsed.Tokens.Where(token => token.Type == TokenType.Option).Select(token => token.Value)];
        bool lacksValue = parsed.Tokens is [.., { Type: TokenType.Option } last]
            && parsed.CommandResult.Command.Options.Any(option => option.Arity.MinimumNumberOfValues > 0 && (option.Name == last.Value || option.Aliases.Contains(last.Value)));
        return lacksValue || arguments.Any(argument => argument.StartsWith('-')
            && parsed.Tokens.All(token => token.Value != argument)
            && !options.Any(option => argument.StartsWith($"{option}=", StringComparison.Ordinal) || argument.StartsWith($"{option}:", StringComparison.Ordinal)));
    }

    /// <summary>Where a command was mistyped, the parser says first that one is missing.</summary>
    private static bool MissesCommandBesideUnknownOne(ParseResult parsed, ParseError error) =>
        parsed.UnmatchedTokens.Count > 0
        && error.SymbolResult is CommandResult { Command.Subcommands.Count: > 0 }
        && !parsed.UnmatchedTokens.Any(token => error.Message.Contains(token, StringComparison.Ordinal));

    /// <summary>As it was typed: <c>moldau topic create</c>. The root has the name of the program's file, which may be another.</summary>
    private static string PathOf(CommandResult command) =>
        command.Parent is CommandResult above ? $"{PathOf(above)} {command.Command.Name}" : "moldau";

    private static int Explain(Exception e, Screen screen)
    {
        switch (e)
        {
            case CommandFailure failure:
                screen.Failure(failure.Lines, failure.Remedy);
                return failure.ExitCode;
            case OutputFailedException:
                screen.Failure($"Standard output could not be written: {e.Message}.", "Not everything is there.");
                return ExitCodes.Failed;
            case KafkaException kafka:
                screen.Failure($"The cluster or the client could not do this ({kafka.Error.Code}): {kafka.Error.Reason}", "");
                return ExitCodes.Failed;
            default:
                screen.Failure(
                    $"Something happened that nobody has foreseen ({e.GetType().Name}): {e.Message}",
                    $"Please report it with what you did and, from a run with {TraceVariable}=1, where it happened.");
                if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable(TraceVariable)))
                {
                    screen.Note([.. e.ToString().Split(Environment.NewLine).Select(line => line.EscapeMarkup())]);
                }

                return ExitCodes.Failed;
        }
    }
}
