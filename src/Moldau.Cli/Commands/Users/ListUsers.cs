using System.CommandLine;
using System.Globalization;
using Confluent.Kafka.Admin;
using Moldau.Cli.Terminal;
using Described = Moldau.Protocol.Messages.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;

namespace Moldau.Cli.Commands.Users;

/// <summary>moldau user list.</summary>
internal sealed class ListUsers(Surroundings around)
{
    private readonly Screen _screen = around.Screen;
    private readonly Option<string> _output = OutputOption.Create("with json one line per user");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var list = new ListUsers(around);
        var command = new Command("list", "List the users and how they may log in.");
        command.Options.Add(list._output);
        list._client.AddTo(command);
        command.SetAction((parsed, _) => list.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var described = await new UserCredentials(await _client.ReadAsync(parsed, around), around.Stop).DescribeAsync();
        var users = described.OrderBy(u => u.User, StringComparer.Ordinal).Select(u => (u.User, Mechanisms: MechanismsOf(u)));
        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            foreach (var (name, mechanisms) in users)
            {
                WriteJson(name, mechanisms);
            }

            return ExitCodes.Done;
        }

        var table = new DataTable(_screen, ["user", "mechanisms"]);
        foreach (var (name, mechanisms) in users)
        {
            table.Row([name, string.Join(", ", mechanisms)]);
        }

        table.Write();
        return ExitCodes.Done;
    }

    private void WriteJson(string name, string[] mechanisms) => _screen.Data(JsonLine.Of(json =>
    {
        json.WriteString("username", name);
        json.WriteStartArray("mechanisms");
        foreach (string mechanism in mechanisms)
        {
            json.WriteStringValue(mechanism);
        }

        json.WriteEndArray();
    }));

    private static string[] MechanismsOf(Described user) =>
        [.. user.CredentialInfos.Select(info => Text((ScramMechanism)info.Mechanism)).Order(StringComparer.Ordinal)];

    private static string Text(ScramMechanism mechanism) => mechanism switch
    {
        ScramMechanism.ScramSha256 => "SCRAM-SHA-256",
        ScramMechanism.ScramSha512 => "SCRAM-SHA-512",
        _ => string.Create(CultureInfo.InvariantCulture, $"unknown ({(int)mechanism})"),
    };
}
