using System.CommandLine;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Topics;

/// <summary>moldau topic list.</summary>
internal sealed class ListTopics(Surroundings around)
{
    /// <summary>Only such a name is worth asking for: a broker's own topics have it, and so may a user's.</summary>
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
        using var cluster = await Cluster.ReachAsync(await _client.ReadAsync(parsed, around), around.Stop);
        var hidden = parsed.GetValue(_all) ? [] : await InternalAsync(cluster);
        TopicMetadata[] topics = [.. cluster.Topics.Where(t => !hidden.Contains(t.Topic)).OrderBy(t => t.Topic, StringComparer.Ordinal)];
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

    /// <summary>Those that the broker says are its own.</summary>
    private static async Task<HashSet<string>> InternalAsync(Cluster cluster)
    {
        string[] names = [.. cluster.Topics.Select(t => t.Topic).Where(t => t.StartsWith(InternalPrefix, StringComparison.Ordinal))];
        if (names.Length == 0)
        {
            return [];
        }

        try
        {
            var described = await cluster.AskAsync("which topics are internal", admin => admin.DescribeTopicsAsync(TopicCollection.OfTopicNames(names)));
            return [.. described.TopicDescriptions.Where(t => t.IsInternal).Select(t => t.Name)];
        }
        catch (DescribeTopicsException e)
        {
            // One that was deleted meanwhile, or that this user may not look at; the others have been answered.
            return [.. e.Results.TopicDescriptions.Where(t => t.IsInternal).Select(t => t.Name)];
        }
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
