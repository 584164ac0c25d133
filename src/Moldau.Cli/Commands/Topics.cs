using System.CommandLine;
using System.Globalization;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands;

/// <summary>moldau topic: create, list, describe, delete.</summary>
internal sealed class Topics(Surroundings around)
{
    private const string InternalPrefix = "__";

    private readonly Screen _screen = around.Screen;

    public static Command Create(Surroundings around)
    {
        var topics = new Topics(around);
        var command = new Command("topic", "Create, list, describe and delete topics.");
        command.Subcommands.Add(topics.CreateCommand());
        command.Subcommands.Add(topics.ListCommand());
        command.Subcommands.Add(topics.DescribeCommand());
        command.Subcommands.Add(topics.DeleteCommand());
        return command;
    }

    private static Argument<string> Name() => new("TOPIC") { Description = "The name of the topic." };

    private Command CreateCommand()
    {
        var name = Name();
        var partitions = new Option<int>("--partitions")
        {
            Description = "Several are read in parallel but have no order among them. [1]",
            HelpName = "N",
            DefaultValueFactory = _ => 1,
        };
        var config = new Option<string[]>("--config")
        {
            Description = "A setting of the topic; may be repeated.",
            HelpName = "KEY=VALUE",
            DefaultValueFactory = _ => [],
        };
        config.Validators.Add(result =>
        {
            foreach (string pair in result.Tokens.Select(t => t.Value).Where(t => t.IndexOf('=', StringComparison.Ordinal) < 1))
            {
                result.AddError($"--config takes KEY=VALUE, as retention.ms=3600000; not {pair}.");
            }
        });
        var client = new ClientOptions();
        var command = new Command("create", "Create a topic.");
        command.Arguments.Add(name);
        command.Options.Add(partitions);
        command.Options.Add(config);
        client.AddTo(command);
        command.SetAction((parsed, _) => CreateAsync(
            client.Read(parsed, around),
            new TopicSpecification
            {
                Name = parsed.GetRequiredValue(name),
                NumPartitions = parsed.GetValue(partitions),
                ReplicationFactor = -1, // The cluster's own default.
                Configs = parsed.GetRequiredValue(config).Select(c => c.Split('=', 2)).ToDictionary(c => c[0], c => c[1]),
            }));
        return command;
    }

    private async Task<int> CreateAsync(Connection connection, TopicSpecification topic)
    {
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        try
        {
            await cluster.Admin.CreateTopicsAsync([topic]);
        }
        catch (CreateTopicsException e) when (e.Results[0].Error.Code == ErrorCode.TopicAlreadyExists)
        {
            throw new CommandFailure($"The topic {topic.Name} exists already.", $"`moldau topic describe {topic.Name}` shows it.");
        }
        catch (CreateTopicsException e)
        {
            throw Explanation.Of(e.Results[0].Error, connection, topic.Name);
        }

        _screen.Note($"Created the topic [bold]{topic.Name.EscapeMarkup()}[/] with {topic.NumPartitions} partition(s).");
        return ExitCodes.Done;
    }

    private Command ListCommand()
    {
        var all = new Option<bool>("--all") { Description = "Also the broker's own topics." };
        var output = OutputOption.Create("with json one line per topic");
        var client = new ClientOptions();
        var command = new Command("list", "List the topics: a name a line when piped.");
        command.Options.Add(all);
        command.Options.Add(output);
        client.AddTo(command);
        command.SetAction((parsed, _) => ListAsync(
            client.Read(parsed, around),
            t => parsed.GetValue(all) || !t.Topic.StartsWith(InternalPrefix, StringComparison.Ordinal),
            OutputOption.Read(parsed, output)));
        return command;
    }

    private async Task<int> ListAsync(Connection connection, Func<TopicMetadata, bool> wanted, OutputFormat format)
    {
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        TopicMetadata[] topics = [.. cluster.Topics.Where(wanted).OrderBy(t => t.Topic, StringComparer.Ordinal)];
        if (format == OutputFormat.Json)
        {
            foreach (var topic in topics)
            {
                _screen.Data(JsonLine.Of(json =>
                {
                    json.WriteString("topic", topic.Topic);
                    json.WriteNumber("partitions", topic.Partitions.Count);
                }));
            }

            return ExitCodes.Done;
        }

        if (topics.Length == 0)
        {
            _screen.Note("There are no topics yet. `moldau topic create NAME` makes one.");
            return ExitCodes.Done;
        }

        var table = new DataTable(_screen, ["topic", "partitions"]) { HeaderWhenPiped = false };
        foreach (var topic in topics)
        {
            table.Row(_screen.IsForPerson ? [topic.Topic, topic.Partitions.Count.ToString(CultureInfo.InvariantCulture)] : [topic.Topic]);
        }

        table.Write();
        return ExitCodes.Done;
    }

    private Command DescribeCommand()
    {
        var name = Name();
        var output = OutputOption.Create("with json one line per partition");
        var client = new ClientOptions();
        var command = new Command("describe", "Show a topic's partitions, how far they reach, and the settings made for it.");
        command.Arguments.Add(name);
        command.Options.Add(output);
        client.AddTo(command);
        command.SetAction((parsed, _) =>
            DescribeAsync(client.Read(parsed, around), parsed.GetRequiredValue(name), OutputOption.Read(parsed, output)));
        return command;
    }

    private async Task<int> DescribeAsync(Connection connection, string topic, OutputFormat format)
    {
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var partitions = cluster.Topics.FirstOrDefault(t => t.Topic == topic)?.Partitions
            ?? throw Explanation.Of(new Error(ErrorCode.UnknownTopicOrPart), connection, topic);
        var first = await OffsetsAsync(cluster, topic, partitions, OffsetSpec.Earliest());
        var end = await OffsetsAsync(cluster, topic, partitions, OffsetSpec.Latest());
        var table = new DataTable(_screen, ["partition", "first offset", "next offset", "messages"]);
        foreach (int partition in partitions.Select(p => p.PartitionId).Order())
        {
            if (format == OutputFormat.Json)
            {
                _screen.Data(JsonLine.Of(json =>
                {
                    json.WriteString("topic", topic);
                    json.WriteNumber("partition", partition);
                    json.WriteNumber("firstOffset", first[partition]);
                    json.WriteNumber("nextOffset", end[partition]);
                }));
                continue;
            }

            long[] row = [partition, first[partition], end[partition], end[partition] - first[partition]];
            table.Row([.. row.Select(n => n.ToString(CultureInfo.InvariantCulture))]);
        }

        if (format == OutputFormat.Text)
        {
            table.Write();
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

    private Command DeleteCommand()
    {
        var name = Name();
        var client = new ClientOptions();
        var command = new Command("delete", "Delete a topic with all its messages, for good.");
        command.Arguments.Add(name);
        client.AddTo(command);
        command.SetAction((parsed, _) => DeleteAsync(client.Read(parsed, around), parsed.GetRequiredValue(name)));
        return command;
    }

    private async Task<int> DeleteAsync(Connection connection, string topic)
    {
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        try
        {
            await cluster.Admin.DeleteTopicsAsync([topic]);
        }
        catch (DeleteTopicsException e)
        {
            throw Explanation.Of(e.Results[0].Error, connection, topic);
        }

        _screen.Note($"Deleted the topic [bold]{topic.EscapeMarkup()}[/].");
        return ExitCodes.Done;
    }
}
