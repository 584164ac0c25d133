using System.CommandLine;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Groups;

/// <summary>moldau group delete.</summary>
internal sealed class DeleteGroup(Surroundings around)
{
    private readonly Argument<string> _name = GroupCommands.Name();
    private readonly Option<string> _output = OutputOption.Create("with json one line");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var delete = new DeleteGroup(around);
        var command = new Command("delete", "Delete a group that has no members, with its offsets, for good.");
        command.Arguments.Add(delete._name);
        command.Options.Add(delete._output);
        delete._client.AddTo(command);
        command.SetAction((parsed, _) => delete.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string name = parsed.GetRequiredValue(_name);
        var connection = await _client.ReadAsync(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var queries = new GroupQueries(cluster, connection, around.Stop);
        var group = await queries.FindAsync(name);
        var change = GroupChanges.Delete(name);
        try
        {
            await cluster.ChangeAsync(change, admin => admin.DeleteGroupsAsync([name]));
        }
        catch (DeleteGroupsException e) when (e.Results[0].Error.Code == ErrorCode.NonEmptyGroup)
        {
            throw GroupMembers.Refusal(await queries.DescribeAsync(name), "deleted");
        }
        catch (DeleteGroupsException e) when (e.Results[0].Error.Code == ErrorCode.GroupIdNotFound)
        {
            await queries.DescribeAsync(name);
            throw new CommandFailure($"There is no group {name} any more.", "");
        }
        catch (DeleteGroupsException e)
        {
            throw cluster.Explain(change, e.Results[0].Error);
        }

        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            around.Screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("group", name);
                json.WriteBoolean("deleted", true);
            }));
        }

        around.Screen.Note($"Deleted the group [bold]{name.EscapeMarkup()}[/] with its {(group is ShareGroupView ? "positions" : "committed offsets")}.");
        InternalTopicsNote.Write(around.Screen, group);
        return ExitCodes.Done;
    }
}
