using System.CommandLine;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Topics;

/// <summary>moldau topic describe.</summary>
internal sealed class DescribeTopic(Surroundings around)
{
    private readonly Screen _screen = around.Screen;
    private readonly Argument<string> _name = TopicCommands.Name();
    private readonly Option<string> _output = OutputOption.Create("with json one line per partition");
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
        var connection = _client.Read(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var partitions = cluster.Topics.FirstOrDefault(t => t.Topic == topic)?.Partitions
            ?? throw Explanation.Of(new Error(ErrorCode.UnknownTopicOrPart), connection, topic);
        var first = await OffsetsAsync(cluster, topic, partitions, OffsetSpec.Earliest());
        var next = await OffsetsAsync(cluster, topic, partitions, OffsetSpec.Latest());
        Reach[] reaches = [.. partitions.Select(p => p.PartitionId).Order().Select(p => new Reach(p, first[p], next[p]))];
        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            WriteJson(topic, reaches);
        }
        else
        {
            WriteTable(reaches);
            await WriteSettingsAsync(cluster, topic);
        }

        return ExitCodes.Done;
    }

    private static async Task<Dictionary<int, long>> OffsetsAsync(
        Cluster cluster, string topic, List<PartitionMetadata> partitions, OffsetSpec at)
    {
        var listed = await cluster.Admin.ListOffsetsAsync(partitions.Select(p =>
            new TopicPartitionOffsetSpec { TopicPartition = new TopicPartition(topic, p.PartitionId), OffsetSpec = at }));
        return listed.ResultInfos.Select(r => r.TopicPartitionOffsetError).ToDictionary(r => r.Partition.Value, r => r.Offset.Value);
    }

    private void WriteJson(string topic, Reach[] reaches)
    {
        foreach (var reach in reaches)
        {
            _screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("topic", topic);
                json.WriteNumber("partition", reach.Partition);
                json.WriteNumber("firstOffset", reach.First);
                json.WriteNumber("nextOffset", reach.Next);
            }));
        }
    }

    private void WriteTable(Reach[] reaches)
    {
        var table = new DataTable(_screen, ["partition", "first offset", "next offset", "messages"]);
        foreach (var reach in reaches)
        {
            long[] row = [reach.Partition, reach.First, reach.Next, reach.Next - reach.First];
            table.Row([.. row.Select(n => n.ToString(CultureInfo.InvariantCulture))]);
        }

        table.Write();
    }

    private async Task WriteSettingsAsync(Cluster cluster, string topic)
    {
        var described = await cluster.Admin.DescribeConfigsAsync([new ConfigResource { Type = ResourceType.Topic, Name = topic }]);
        var own = described[0].Entries.Values.Where(e => e.Source == ConfigSource.DynamicTopicConfig);
        foreach (var setting in own.OrderBy(e => e.Name, StringComparer.Ordinal))
        {
            string value = setting.Value ?? "";
            _screen.Data($"{setting.Name}\t{value}", $"[grey]{setting.Name.EscapeMarkup()}[/]  {value.EscapeMarkup()}");
        }
    }

    /// <summary>How far a partition reaches.</summary>
    private readonly record struct Reach(int Partition, long First, long Next);
}
