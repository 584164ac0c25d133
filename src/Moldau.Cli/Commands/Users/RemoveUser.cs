using System.CommandLine;
using Confluent.Kafka.Admin;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Users;

/// <summary>moldau user remove.</summary>
internal sealed class RemoveUser(Surroundings around)
{
    private readonly Argument<string> _name = UserCommands.Name();
    private readonly Option<string> _output = OutputOption.Create("with json one line");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var remove = new RemoveUser(around);
        var command = new Command("remove", "Remove a user: no new connection may log in as that one.");
        command.Arguments.Add(remove._name);
        command.Options.Add(remove._output);
        remove._client.AddTo(command);
        command.SetAction((parsed, _) => remove.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string name = parsed.GetRequiredValue(_name);
        var credentials = new UserCredentials(await _client.ReadAsync(parsed, around), around.Stop);
        var user = (await credentials.DescribeAsync()).FirstOrDefault(u => u.User == name)
            ?? throw new CommandFailure($"There is no user {name}.", "`moldau user list` shows who there is.");
        var deletions = user.CredentialInfos.Select(info => new UserScramCredentialDeletion { User = name, Mechanism = (ScramMechanism)info.Mechanism });
        await credentials.AlterAsync(UserCommands.Change($"remove the user {name}"), deletions);
        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            around.Screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("username", name);
                json.WriteBoolean("removed", true);
            }));
        }

        around.Screen.Note($"Removed the user [bold]{name.EscapeMarkup()}[/].");
        return ExitCodes.Done;
    }
}
