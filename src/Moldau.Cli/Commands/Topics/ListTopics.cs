using System.CommandLine;
using System.Globalization;
using System.Text.Json;
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
        var shown = new Listing<TopicMetadata>(around.Screen, "topic", "partitions") { Row = Row, Json = Write, IsOfNames = true };
        shown.Write(OutputOption.Read(parsed, _output), topics, none: "There are no topics yet. `moldau topic create NAME` makes one.");
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

    private static string[] Row(TopicMetadata topic) => [topic.Topic, topic.Partitions.Count.ToString(CultureInfo.InvariantCulture)];

    private static void Write(Utf8JsonWriter json, TopicMetadata topic)
    {
        json.WriteString("topic", topic.Topic);
        json.WriteNumber("partitions", topic.Partitions.Count);
    }
}
