using System.CommandLine;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;

namespace Moldau.Cli.Commands.Topics;

/// <summary>moldau topic describe.</summary>
internal sealed class DescribeTopic(Surroundings around)
{
    private readonly Screen _screen = around.Screen;
    private readonly Argument<string> _name = TopicCommands.Name();
    private readonly Option<string> _output = OutputOption.Create("with json one line per partition, and one with the settings");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var describe = new DescribeTopic(around);
        var command = new Command("describe", "Show a topic's partitions, how far they reach, and the settings made for it.");
        command.Arguments.Add(describe._name);
        command.Options.Add(describe._output);
        describe._client.AddTo(command);
        command.SetAction((parsed, _) => describe.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string topic = parsed.GetRequiredValue(_name);
        var connection = await _client.ReadAsync(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var partitions = cluster.Topics.FirstOrDefault(t => t.Topic == topic)?.Partitions
            ?? throw cluster.MissingTopic(topic);
        TopicPartition[] asked = [.. partitions.Select(p => p.PartitionId).Order().Select(p => new TopicPartition(topic, p))];
        var first = await LogOffsets.OfAsync(cluster, asked, OffsetSpec.Earliest());
        var next = await LogOffsets.OfAsync(cluster, asked, OffsetSpec.Latest());
        Reach[] reaches = [.. asked.Select(p => new Reach(p.Partition, first[p], next[p]))];
        var settings = await SettingsAsync(cluster, topic);
        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            WriteJson(topic, reaches, settings);
        }
        else
        {
            WriteTable(reaches);
            PropertyLines.Write(_screen, settings);
        }

        int[] unreadable = [.. reaches.Where(r => !r.IsKnown).Select(r => r.Partition)];
        return unreadable.Length == 0 ? ExitCodes.Done : throw new CommandFailure(
            $"The broker cannot say how far these partitions of {topic} reach: {string.Join(", ", unreadable)}. "
            + $"{Explanation.Detail(reaches.First(r => !r.IsKnown).Failure!)}",
            "A log that could not be read is offline; the broker's own log says why.");
    }

    private void WriteJson(string topic, Reach[] reaches, (string Name, string Value)[] settings)
    {
        foreach (var reach in reaches)
        {
            _screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("topic", topic);
                json.WriteNumber("partition", reach.Partition);
                if (reach.IsKnown)
                {
                    json.WriteNumber("firstOffset", reach.First.Offset.Value);
                    json.WriteNumber("nextOffset", reach.Next.Offset.Value);
                }
                else
                {
                    json.WriteNull("firstOffset");
                    json.WriteNull("nextOffset");
                }
            }));
        }

        _screen.Data(JsonLine.Of(json =>
        {
            json.WriteString("topic", topic);
            json.WriteStartObject("settings");
            foreach (var (name, value) in settings)
            {
                json.WriteString(name, value);
            }

            json.WriteEndObject();
        }));
    }

    private void WriteTable(Reach[] reaches)
    {
        var table = new DataTable(_screen, ["partition", "first offset", "next offset", "offsets"]);
        foreach (var reach in reaches)
        {
            long?[] row = reach.IsKnown
                ? [reach.Partition, reach.First.Offset.Value, reach.Next.Offset.Value, reach.Next.Offset.Value - reach.First.Offset.Value]
                : [reach.Partition, null, null, null];
            table.Row([.. row.Select(n => n?.ToString(CultureInfo.InvariantCulture) ?? "unknown")]);
        }

        table.Write();
    }

    /// <summary>Those that were made for this topic.</summary>
    private static async Task<(string Name, string Value)[]> SettingsAsync(Cluster cluster, string topic)
    {
        var described = await cluster.AskAsync($"which settings the topic {topic} has", admin => admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = topic }]));
        var own = described[0].Entries.Values.Where(e => e.Source == ConfigSource.DynamicTopicConfig);
        return [.. own.OrderBy(e => e.Name, StringComparer.Ordinal).Select(e => (e.Name, e.Value ?? ""))];
    }

    /// <summary>How far a partition reaches, or why the broker does not know.</summary>
    private readonly record struct Reach(int Partition, TopicPartitionOffsetError First, TopicPartitionOffsetError Next)
    {
        public bool IsKnown => Failure is null;

        public Error? Failure => First.Error.IsError ? First.Error : Next.Error.IsError ? Next.Error : null;
    }
}
