using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands;

/// <summary>moldau user: who may log in. Credentials are SCRAM's, for both SCRAM-SHA-256 and SCRAM-SHA-512.</summary>
internal sealed class Users(Surroundings around)
{
    /// <summary>Twice Kafka's least number.</summary>
    private const int Iterations = 8_192;
    private const int GeneratedPasswordLength = 24;
    private const string GeneratedFrom = "ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

    private static readonly ScramMechanism[] Mechanisms = [ScramMechanism.ScramSha256, ScramMechanism.ScramSha512];

    private readonly Screen _screen = around.Screen;

    public static Command Create(Surroundings around)
    {
        var users = new Users(around);
        var command = new Command("user", "Add, list and remove the users that may log in.");
        command.Subcommands.Add(users.AddCommand());
        command.Subcommands.Add(users.ListCommand());
        command.Subcommands.Add(users.RemoveCommand());
        return command;
    }

    private static Argument<string> Name() => new("NAME") { Description = "The name of the user." };

    private Command AddCommand()
    {
        var name = Name();
        var fromInput = new Option<bool>("--new-password-stdin")
        {
            Description = "Read the user's password from standard input, a line after that of --password-stdin. [a generated one, which is shown]",
        };
        var output = OutputOption.Create("how the generated password is shown");
        var client = new ClientOptions();
        var command = new Command("add", "Add a user, or give one a new password.");
        command.Arguments.Add(name);
        command.Options.Add(fromInput);
        command.Options.Add(output);
        client.AddTo(command);
        command.SetAction((parsed, _) =>
        {
            var connection = client.Read(parsed, around);
            string? given = parsed.GetValue(fromInput) ? around.Input.ReadPassword() : null;
            return AddAsync(connection, parsed.GetRequiredValue(name), given, OutputOption.Read(parsed, output));
        });
        return command;
    }

    private async Task<int> AddAsync(Connection connection, string name, string? given, OutputFormat format)
    {
        string password = given ?? RandomNumberGenerator.GetString(GeneratedFrom, GeneratedPasswordLength);
        await AlterAsync(connection, Mechanisms.Select(mechanism => new UserScramCredentialUpsertion
        {
            User = name,
            ScramCredentialInfo = new ScramCredentialInfo { Mechanism = mechanism, Iterations = Iterations },
            Password = Encoding.UTF8.GetBytes(password),
        }));
        _screen.Note($"The user [bold]{name.EscapeMarkup()}[/] may log in with SCRAM-SHA-256 or SCRAM-SHA-512.");
        if (format == OutputFormat.Json)
        {
            _screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("username", name);
                json.WriteString("password", given is null ? password : null);
            }));
        }
        else if (given is null)
        {
            _screen.Note("The password is shown this once:");
            _screen.Data(password);
        }

        return ExitCodes.Done;
    }

    private Command ListCommand()
    {
        var output = OutputOption.Create("with json one line per user");
        var client = new ClientOptions();
        var command = new Command("list", "List the users and how they may log in.");
        command.Options.Add(output);
        client.AddTo(command);
        command.SetAction((parsed, _) => ListAsync(client.Read(parsed, around), OutputOption.Read(parsed, output)));
        return command;
    }

    private async Task<int> ListAsync(Connection connection, OutputFormat format)
    {
        var users = await DescribeAsync(connection);
        var table = new DataTable(_screen, ["user", "mechanisms"]);
        foreach (var user in users.OrderBy(u => u.User, StringComparer.Ordinal))
        {
            string[] mechanisms = [.. user.ScramCredentialInfos.Select(i => Text(i.Mechanism)).Order(StringComparer.Ordinal)];
            if (format == OutputFormat.Json)
            {
                _screen.Data(JsonLine.Of(json =>
                {
                    json.WriteString("username", user.User);
                    json.WriteStartArray("mechanisms");
                    foreach (string mechanism in mechanisms)
                    {
                        json.WriteStringValue(mechanism);
                    }

                    json.WriteEndArray();
                }));
                continue;
            }

            table.Row([user.User, string.Join(", ", mechanisms)]);
        }

        if (format == OutputFormat.Text)
        {
            table.Write();
        }

        return ExitCodes.Done;
    }

    private Command RemoveCommand()
    {
        var name = Name();
        var client = new ClientOptions();
        var command = new Command("remove", "Remove a user: no new connection may log in as that one.");
        command.Arguments.Add(name);
        client.AddTo(command);
        command.SetAction((parsed, _) => RemoveAsync(client.Read(parsed, around), parsed.GetRequiredValue(name)));
        return command;
    }

    private async Task<int> RemoveAsync(Connection connection, string name)
    {
        var user = (await DescribeAsync(connection)).FirstOrDefault(u => u.User == name)
            ?? throw new CommandFailure($"There is no user {name}.", "`moldau user list` shows who there is.");
        var mechanisms = user.ScramCredentialInfos.Select(info => info.Mechanism);
        await AlterAsync(connection, mechanisms.Select(m => new UserScramCredentialDeletion { User = name, Mechanism = m }));
        _screen.Note($"Removed the user [bold]{name.EscapeMarkup()}[/].");
        return ExitCodes.Done;
    }

    private async Task AlterAsync(Connection connection, IEnumerable<UserScramCredentialAlteration> alterations)
    {
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        try
        {
            // A request may change a user only once.
            foreach (var alteration in alterations)
            {
                await cluster.Admin.AlterUserScramCredentialsAsync([alteration]);
            }
        }
        catch (AlterUserScramCredentialsException e)
        {
            throw Explanation.Of(e.Results.First(r => r.Error.IsError).Error, connection);
        }
        catch (KafkaException e)
        {
            throw Explanation.Of(e.Error, connection);
        }
    }

    private async Task<IReadOnlyList<UserScramCredentialsDescription>> DescribeAsync(Connection connection)
    {
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        try
        {
            return (await cluster.Admin.DescribeUserScramCredentialsAsync([])).UserScramCredentialsDescriptions;
        }
        catch (DescribeUserScramCredentialsException e)
        {
            throw Explanation.Of(e.Results.UserScramCredentialsDescriptions.First(r => r.Error.IsError).Error, connection);
        }
        catch (KafkaException e)
        {
            throw Explanation.Of(e.Error, connection);
        }
    }

    private static string Text(ScramMechanism mechanism) => mechanism switch
    {
        ScramMechanism.ScramSha256 => "SCRAM-SHA-256",
        ScramMechanism.ScramSha512 => "SCRAM-SHA-512",
        _ => string.Create(CultureInfo.InvariantCulture, $"unknown ({(int)mechanism})"),
    };
}
