using System.CommandLine;
using System.Text.Json;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using ListedGroup = Moldau.Protocol.Messages.ListGroupsResponse.ListedGroup;

namespace Moldau.Cli.Commands.Groups;

/// <summary>moldau group list.</summary>
internal sealed class ListGroups(Surroundings around)
{
    private static readonly string[] States =
        ["PreparingRebalance", "CompletingRebalance", "Assigning", "Reconciling", "NotReady", "Stable", "Empty", "Dead"];

    private static readonly string[] Types = [GroupView.Classic, GroupView.Consumer, ShareGroupView.Kind, StreamsGroupView.Kind];

    private readonly Option<string[]> _state = ChoiceOption.Create("--state", "STATE", States, "Only groups in this state; may be repeated.");
    private readonly Option<string[]> _type = ChoiceOption.Create("--type", "TYPE", Types, "Only groups of this protocol; may be repeated.");
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

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var connection = await _client.ReadAsync(parsed, around);
        string[] states = parsed.GetValue(_state) ?? [], types = parsed.GetValue(_type) ?? [];
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var listing = await new GroupListings(cluster, connection, around.Stop).AllAsync();
        var groups = new Listing<ListedGroup>(around.Screen, "group", "type", "state") { Row = Row, Json = Write, IsOfNames = true };
        groups.Write(OutputOption.Read(parsed, _output), GroupRows.Of(listing, states, types), listing.IsWhole ? None(isFiltered: states.Length + types.Length > 0) : null);
        return listing.IsWhole ? ExitCodes.Done : throw Incomplete(listing);
    }

    private static CommandFailure Incomplete(GroupListing listing) => new(
        listing.Gaps,
        "The list may be incomplete. It is whole when all brokers of the cluster answer.");

    private static string None(bool isFiltered) => isFiltered
        ? "There are no such groups; `moldau group list` shows all."
        : "There are no groups. One comes to be when a consumer with a group.id connects, as with `moldau consume TOPIC`, or when offsets are committed for it.";

    private static string[] Row(ListedGroup group) => [group.GroupId, group.GroupType, group.GroupState];

    private static void Write(Utf8JsonWriter json, ListedGroup group)
    {
        json.WriteString("group", group.GroupId);
        json.WriteString("type", group.GroupType);
        json.WriteString("state", group.GroupState);
    }
}
