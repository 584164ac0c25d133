using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Confluent.Kafka.Admin;
using Moldau.Cli.Terminal;
using Described = Moldau.Protocol.Messages.DescribeUserScramCredentialsResponse.DescribeUserScramCredentialsResult;

namespace Moldau.Cli.Commands.Users;

/// <summary>moldau user list.</summary>
internal sealed class ListUsers(Surroundings around)
{
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
        Described[] users = [.. described.OrderBy(u => u.User, StringComparer.Ordinal)];
        var listing = new Listing<Described>(around.Screen, "user", "mechanisms") { Row = Row, Json = Write };
        listing.Write(OutputOption.Read(parsed, _output), users, none: "There are no users. `moldau user add NAME` makes one.");
        return ExitCodes.Done;
    }

    private static string[] Row(Described user) => [user.User, string.Join(", ", MechanismsOf(user))];

    private static void Write(Utf8JsonWriter json, Described user)
    {
        json.WriteString("username", user.User);
        json.WriteStartArray("mechanisms");
        foreach (string mechanism in MechanismsOf(user))
        {
            json.WriteStringValue(mechanism);
        }

        json.WriteEndArray();
    }

    private static string[] MechanismsOf(Described user) =>
        [.. user.CredentialInfos.Select(info => Text((ScramMechanism)info.Mechanism)).Order(StringComparer.Ordinal)];

    private static string Text(ScramMechanism mechanism) => mechanism switch
    {
        ScramMechanism.ScramSha256 => "SCRAM-SHA-256",
        ScramMechanism.ScramSha512 => "SCRAM-SHA-512",
        _ => string.Create(CultureInfo.InvariantCulture, $"unknown ({(int)mechanism})"),
    };
}
