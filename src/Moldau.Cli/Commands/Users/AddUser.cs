using System.CommandLine;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka.Admin;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Users;

/// <summary>moldau user add: credentials for both SCRAM-SHA-256 and SCRAM-SHA-512.</summary>
internal sealed class AddUser(Surroundings around)
{
    /// <summary>Twice Kafka's least number.</summary>
    private const int Iterations = 8_192;
    private const int GeneratedPasswordLength = 24;
    private const string GeneratedFrom = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";
    private const string PasswordFromInput = "--new-password-stdin";

    private static readonly ScramMechanism[] Mechanisms = [ScramMechanism.ScramSha256, ScramMechanism.ScramSha512];

    private readonly Screen _screen = around.Screen;
    private readonly Argument<string> _name = UserCommands.Name();
    private readonly Option<bool> _fromInput = Flag.Create(
        PasswordFromInput,
        "Read the user's password from standard input, a line after that of --password-stdin. [a generated one, which is shown]");

    private readonly Option<string> _output = OutputOption.Create("how the generated password is shown");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var add = new AddUser(around);
        var command = new Command("add", "Add a user, or give one a new password.");
        command.Arguments.Add(add._name);
        command.Options.Add(add._fromInput);
        command.Options.Add(add._output);
        add._client.AddTo(command);
        command.SetAction((parsed, _) => add.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string name = parsed.GetRequiredValue(_name);
        var connection = await _client.ReadAsync(parsed, around); // Its password is the first line of the input.
        string? given = parsed.GetValue(_fromInput) ? await around.ReadPasswordAsync(PasswordFromInput, $"the new password of {name}") : null;
        string password = given ?? RandomNumberGenerator.GetString(GeneratedFrom, GeneratedPasswordLength);
        await new UserCredentials(connection, around.Stop).AlterAsync(UserCommands.Change($"give the user {name} a password"), Mechanisms.Select(mechanism => new UserScramCredentialUpsertion
        {
            User = name,
            ScramCredentialInfo = new ScramCredentialInfo { Mechanism = mechanism, Iterations = Iterations },
            Password = Encoding.UTF8.GetBytes(password),
        }));
        _screen.Note($"The user [bold]{name.EscapeMarkup()}[/] may log in with SCRAM-SHA-256 or SCRAM-SHA-512.");
        Show(name, given is null ? password : null, OutputOption.Read(parsed, _output));
        return ExitCodes.Done;
    }

    private void Show(string name, string? generated, OutputFormat format)
    {
        try
        {
            if (format == OutputFormat.Json)
            {
                _screen.Data(JsonLine.Of(json =>
                {
                    json.WriteString("username", name);
                    json.WriteString("password", generated);
                }));
            }
            else if (generated is not null)
            {
                _screen.Note("The password is shown this once:");
                _screen.Data(generated);
            }

            _screen.Flush();
        }
        catch (OutputFailedException e) when (generated is not null)
        {
            throw new CommandFailure(
                $"The password of {name} could not be written, and it is kept nowhere: {e.Message}.",
                $"`{AdvisedCommand.Of("user add", name)}` sets a new one.");
        }
    }
}
