using System.CommandLine;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

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
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var asked = new GroupListings(cluster, connection, around.Stop).AllAsync();
        var library = await ListAsync(cluster, new ListConsumerGroupsOptions { MatchStates = states, MatchTypes = types, RequestTimeout = Cluster.AnswerPatience });
        var brokers = await asked;
        var groups = GroupRows.Of(library.Valid, brokers, states, types);
        // Either way of asking is enough: only a broker that answered neither has groups that are not here.
        bool isWhole = library.Errors.Count == 0 || brokers.Silent.Count == 0;
        Write(parsed, groups, isWhole, isFiltered: states.Length + types.Length > 0);
        return isWhole ? ExitCodes.Done : throw Incomplete(brokers.Silent);
    }

    private static async Task<ListConsumerGroupsReport> ListAsync(Cluster cluster, ListConsumerGroupsOptions options)
    {
        try
        {
            var listed = await cluster.AskAsync(admin => admin.ListConsumerGroupsAsync(options));
            return new ListConsumerGroupsReport { Valid = listed.Valid, Errors = [] };
        }
        catch (ListConsumerGroupsException e)
        {
            return e.Results;
        }
    }

    private static CommandFailure Incomplete(IReadOnlyList<SilentBroker> silent) => new(
        string.Join('\n', silent.Select(broker => $"The broker {broker.Address} did not say which groups it has: {broker.Reason}.")),
        "The list may be incomplete. It is whole when all brokers of the cluster answer.");

    private void Write(ParseResult parsed, GroupRow[] groups, bool isWhole, bool isFiltered)
    {
        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            WriteJson(groups);
        }
        else if (groups.Length > 0)
        {
            WriteTable(groups);
        }
        else if (isWhole)
        {
            _screen.Note(isFiltered
                ? "There are no such groups; `moldau group list` shows all."
                : "There are no groups. One comes to be when a consumer with a group.id connects, as with `moldau consume TOPIC`, or when offsets are committed for it.");
        }
    }

    private void WriteJson(GroupRow[] groups)
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

    private void WriteTable(GroupRow[] groups)
    {
        var table = new DataTable(_screen, ["group", "type", "state"]) { HeaderWhenPiped = false };
        foreach (var group in groups)
        {
            string name = SafeText.Of(group.Name);
            table.Row(_screen.IsForPerson ? [name, group.Type, group.State] : [name]);
        }

        table.Write();
    }
}
