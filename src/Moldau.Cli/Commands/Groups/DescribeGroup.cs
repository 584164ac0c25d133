using System.CommandLine;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>moldau group describe.</summary>
internal sealed class DescribeGroup(Surroundings around)
{
    private readonly Argument<string> _name = GroupCommands.Name();

    private readonly Option<string> _output = OutputOption.Create(
        "with json a line for the group, one per member and one per partition, and of a streams group one per subtopology");

    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var describe = new DescribeGroup(around);
        var command = new Command("describe", "Show a group's state, its members with what they have, and how far it is in each partition.");
        command.Arguments.Add(describe._name);
        command.Options.Add(describe._output);
        describe._client.AddTo(command);
        command.SetAction((parsed, _) => describe.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var connection = await _client.ReadAsync(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var queries = new GroupQueries(cluster, connection, around.Stop);
        var format = OutputOption.Read(parsed, _output);
        switch (await queries.DescribeAsync(parsed.GetRequiredValue(_name)))
        {
            case ShareGroupView share:
                new ShareGroupDescription(around.Screen, await queries.WithStartsAsync(share)).Write(format);
                break;
            case StreamsGroupView streams:
                new StreamsGroupDescription(around.Screen, await WithPositionsAsync(queries, streams)).Write(format);
                break;
            case var consumers:
                new ConsumerGroupDescription(around.Screen, await WithPositionsAsync(queries, consumers)).Write(format);
                break;
        }

        return ExitCodes.Done;
    }

    private async Task<T> WithPositionsAsync<T>(GroupQueries queries, T group) where T : GroupView
    {
        var positioned = await queries.WithPositionsAsync(group);
        return await Task.Run(() => queries.WithMetadata(positioned), around.Stop).WaitAsync(around.Stop);
    }
}
