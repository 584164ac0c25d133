using System.CommandLine;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Moldau.Protocol.Messages;

namespace Moldau.Cli.Commands.Groups;

/// <summary>moldau group list.</summary>
internal sealed class ListGroups(Surroundings around)
{
    private readonly Screen _screen = around.Screen;
    private readonly Option<string[]> _state = Filter("--state", "STATE", Enum.GetNames<ConsumerGroupState>(), "Only groups in this state; may be repeated.");
    private readonly Option<string[]> _type = Filter("--type", "TYPE", Enum.GetNames<ConsumerGroupType>(), "Only groups of this protocol; may be repeated.");
    private readonly Option<string> _output = OutputOption.Create("with json one line per group");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var list = new ListGroups(around);
        var command = new Command("list", "List the groups: a name a line when piped.");
        command.Options.Add(list._state);
        command.Options.Add(list._type);
        command.Options.Add(list._output);
        list._client.AddTo(command);
        command.SetAction((parsed, _) => list.RunAsync(parsed));
        return command;
    }

    /// <summary>The names that the client library can ask for; the first of an enumeration stands for those that it does not know.</summary>
    private static Option<string[]> Filter(string name, string what, string[] known, string description)
    {
        string[] names = known[1..];
        var option = new Option<string[]>(name) { Description = $"{description} {string.Join(", ", names)}.", HelpName = what };
        option.Validators.Add(result =>
        {
            foreach (var token in result.Tokens.Where(token => !names.Contains(token.Value, StringComparer.OrdinalIgnoreCase)))
            {
                result.AddError($"{name} takes one of {string.Join(", ", names)}; not '{token.Value}'.");
            }
        });
        option.CompletionSources.Add(names);
        return option;
    }

    private static T[] Read<T>(ParseResult parsed, Option<string[]> option) where T : struct, Enum =>
        [.. (parsed.GetValue(option) ?? []).Select(name => Enum.Parse<T>(name, ignoreCase: true)).Distinct()];

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var connection = _client.Read(parsed, around);
        var (states, types) = (Read<ConsumerGroupState>(parsed, _state), Read<ConsumerGroupType>(parsed, _type));
        var options = new ListConsumerGroupsOptions { MatchStates = states, MatchTypes = types };
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var listed = await ListAsync(cluster, options, connection);
        var named = await new GroupListings(cluster, connection, around.Stop).AllAsync();
        var rows = listed.Select(group => RowOf(group, named.GetValueOrDefault(group.GroupId)));
        if (states.Length + types.Length == 0)
        {
            rows = rows.UnionBy(named.Values.Where(IsUnknownToTheLibrary).Select(group => new Row(group.GroupId, group.GroupType, group.GroupState)), row => row.Name);
        }

        Row[] groups = [.. rows.OrderBy(row => row.Name, StringComparer.Ordinal)];
        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            WriteJson(groups);
        }
        else if (groups.Length == 0)
        {
            _screen.Note("There are no such groups. One is there as soon as a consumer connects, as with `moldau consume TOPIC`.");
        }
        else
        {
            WriteTable(groups);
        }

        return ExitCodes.Done;
    }

    private static async Task<List<ConsumerGroupListing>> ListAsync(Cluster cluster, ListConsumerGroupsOptions options, Connection connection)
    {
        try
        {
            return (await cluster.Admin.ListConsumerGroupsAsync(options)).Valid;
        }
        catch (ListConsumerGroupsException e)
        {
            // Part of the groups would pass for all of them.
            throw Explanation.Of(e.Results.Errors[0], connection);
        }
    }

    private void WriteJson(Row[] groups)
    {
        foreach (var group in groups)
        {
            _screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("group", group.Name);
                json.WriteString("type", group.Type);
                json.WriteString("state", group.State);
            }));
        }
    }

    private void WriteTable(Row[] groups)
    {
        var table = new DataTable(_screen, ["group", "type", "state"]) { HeaderWhenPiped = false };
        foreach (var group in groups)
        {
            string name = SafeText.Of(group.Name);
            table.Row(_screen.IsForPerson ? [name, group.Type, group.State] : [name]);
        }

        table.Write();
    }

    /// <summary>It leaves these out. Groups of classic members that are no consumers it leaves out too, which is meant.</summary>
    private static bool IsUnknownToTheLibrary(ListGroupsResponse.ListedGroup group) => group.GroupType is "share" or "streams";

    /// <summary>By the broker's own names where the library has none.</summary>
    private static Row RowOf(ConsumerGroupListing group, ListGroupsResponse.ListedGroup? named) => new(
        group.GroupId,
        group.Type == ConsumerGroupType.Unknown && named is not null ? named.GroupType : group.Type.ToString().ToLowerInvariant(),
        group.State == ConsumerGroupState.Unknown && named is not null ? named.GroupState : group.State.ToString());

    private readonly record struct Row(string Name, string Type, string State);
}
