using System.CommandLine;
using System.CommandLine.Parsing;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Topics;

/// <summary>moldau topic create.</summary>
internal sealed class CreateTopic(Surroundings around)
{
    /// <summary>The client library makes no topic with more.</summary>
    private const int PartitionsMax = 100_000;

    private readonly Argument<string> _name = TopicCommands.Name();
    private readonly Option<int?> _partitions = NumberOption.Create(
        "--partitions", 1, PartitionsMax, "Several are read in parallel but have no order among them. [1]");

    private readonly Option<string[]> _config = new("--config")
    {
        Description = "A setting of the topic; may be repeated.",
        HelpName = "KEY=VALUE",
    };

    private readonly Option<string> _output = OutputOption.Create("with json one line");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var create = new CreateTopic(around);
        var command = new Command("create", "Create a topic.");
        command.Arguments.Add(create._name);
        command.Options.Add(create._partitions);
        command.Options.Add(create._config);
        create._config.Validators.Add(Validate);
        command.Options.Add(create._output);
        create._client.AddTo(command);
        command.SetAction((parsed, _) => create.RunAsync(parsed));
        return command;
    }

    private static void Validate(OptionResult result)
    {
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (string pair in result.Tokens.Select(token => token.Value))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            if (equals < 1)
            {
                result.AddError($"--config takes KEY=VALUE, as retention.ms=3600000; not '{pair}'.");
            }
            else if (!keys.Add(pair[..equals]))
            {
                result.AddError($"--config gives {pair[..equals]} twice: choose one value.");
            }
        }
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        var connection = await _client.ReadAsync(parsed, around);
        var topic = new TopicSpecification
        {
            Name = parsed.GetRequiredValue(_name),
            NumPartitions = parsed.GetValue(_partitions) ?? 1,
            ReplicationFactor = -1, // The cluster's own default.
            Configs = (parsed.GetValue(_config) ?? []).Select(c => c.Split('=', 2)).ToDictionary(c => c[0], c => c[1]),
        };
        string look = AdvisedCommand.Of("topic describe", topic.Name);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        try
        {
            await cluster.ChangeAsync(new Change($"create the topic {topic.Name}", look), admin => admin.CreateTopicsAsync([topic]));
        }
        catch (CreateTopicsException e) when (e.Results[0].Error.Code == ErrorCode.TopicAlreadyExists)
        {
            throw new CommandFailure($"The topic {topic.Name} exists already.", $"`{look}` shows it.");
        }
        catch (CreateTopicsException e)
        {
            throw Explanation.Of(e.Results[0].Error, connection, topic.Name);
        }

        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            around.Screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("topic", topic.Name);
                json.WriteNumber("partitions", topic.NumPartitions);
                json.WriteBoolean("created", true);
            }));
        }

        around.Screen.Note($"Created the topic [bold]{topic.Name.EscapeMarkup()}[/] with {Counted.Of(topic.NumPartitions, "partition")}.");
        return ExitCodes.Done;
    }
}
