using System.CommandLine;
using System.Globalization;
using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Topics;

/// <summary>moldau topic list.</summary>
internal sealed class ListTopics(Surroundings around)
{
    private const string InternalPrefix = "__";

    private readonly Screen _screen = around.Screen;
    private readonly Option<bool> _all = Flag.Create("--all", "Also the broker's own topics.");
    private readonly Option<string> _output = OutputOption.Create("with json one line per topic");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var list = new ListTopics(around);
        var command = new Command("list", "List the topics: a name a line when piped.");
        command.Options.Add(list._all);
        command.Options.Add(list._output);
        list._client.AddTo(command);
        command.SetAction((parsed, _) => list.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        using var cluster = await Cluster.ReachAsync(_client.Read(parsed, around), around.Stop);
        bool all = parsed.GetValue(_all);
        var wanted = cluster.Topics.Where(t => all || !t.Topic.StartsWith(InternalPrefix, StringComparison.Ordinal));
        TopicMetadata[] topics = [.. wanted.OrderBy(t => t.Topic, StringComparer.Ordinal)];
        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            WriteJson(topics);
        }
        else if (topics.Length == 0)
        {
            _screen.Note("There are no topics yet. `moldau topic create NAME` makes one.");
        }
        else
        {
            WriteTable(topics);
        }

        return ExitCodes.Done;
    }

    private void WriteJson(TopicMetadata[] topics)
    {
        foreach (var topic in topics)
        {
            _screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("topic", topic.Topic);
                json.WriteNumber("partitions", topic.Partitions.Count);
            }));
        }
    }

    private void WriteTable(TopicMetadata[] topics)
    {
        var table = new DataTable(_screen, ["topic", "partitions"]) { HeaderWhenPiped = false };
        foreach (var topic in topics)
        {
            table.Row(_screen.IsForPerson ? [topic.Topic, topic.Partitions.Count.ToString(CultureInfo.InvariantCulture)] : [topic.Topic]);
        }

        table.Write();
    }
}
