using System.CommandLine;
using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;
using Moldau.Cli.Terminal;
using Spectre.Console;

namespace Moldau.Cli.Commands.Topics;

/// <summary>moldau topic delete.</summary>
internal sealed class DeleteTopic(Surroundings around)
{
    private readonly Argument<string> _name = TopicCommands.Name();
    private readonly Option<string> _output = OutputOption.Create("with json one line");
    private readonly ClientOptions _client = new();

    public static Command Create(Surroundings around)
    {
        var delete = new DeleteTopic(around);
        var command = new Command("delete", "Delete a topic with all its messages, for good.");
        command.Arguments.Add(delete._name);
        command.Options.Add(delete._output);
        delete._client.AddTo(command);
        command.SetAction((parsed, _) => delete.RunAsync(parsed));
        return command;
    }

    private async Task<int> RunAsync(ParseResult parsed)
    {
        string topic = parsed.GetRequiredValue(_name);
        var connection = await _client.ReadAsync(parsed, around);
        using var cluster = await Cluster.ReachAsync(connection, around.Stop);
        var change = new Change($"delete the topic {topic}", AdvisedCommand.Of("topic describe", topic));
        try
        {
            await cluster.ChangeAsync(change, admin => admin.DeleteTopicsAsync([topic]));
        }
        catch (DeleteTopicsException e) when (e.Results[0].Error.Code == ErrorCode.TopicException)
        {
            // This answer has no text: the client library asks in a version without one.
            throw new CommandFailure($"The broker does not delete {topic}: it is one of its own topics.", "What coordinators keep there goes with the groups.");
        }
        catch (DeleteTopicsException e) when (e.Results[0].Error.Code == ErrorCode.UnknownTopicOrPart)
        {
            throw cluster.MissingTopic(topic);
        }
        catch (DeleteTopicsException e)
        {
            throw Explanation.Of(e.Results[0].Error, connection, topic);
        }

        if (OutputOption.Read(parsed, _output) == OutputFormat.Json)
        {
            around.Screen.Data(JsonLine.Of(json =>
            {
                json.WriteString("topic", topic);
                json.WriteBoolean("deleted", true);
            }));
        }

        around.Screen.Note($"Deleted the topic [bold]{topic.EscapeMarkup()}[/].");
        return ExitCodes.Done;
    }
}
