using System.CommandLine;

namespace Moldau.Cli.Commands.Topics;

/// <summary>moldau topic: create, list, describe, delete.</summary>
internal static class TopicCommands
{
    public static Command Create(Surroundings around)
    {
        var command = new Command("topic", "Create, list, describe and delete topics.");
        command.Subcommands.Add(CreateTopic.Create(around));
        command.Subcommands.Add(ListTopics.Create(around));
        command.Subcommands.Add(DescribeTopic.Create(around));
        command.Subcommands.Add(DeleteTopic.Create(around));
        return command;
    }

    /// <summary>TOPIC, which these commands must be given: none of them takes it from the environment.</summary>
    public static Argument<string> Name()
    {
        var name = new Argument<string>("TOPIC") { Description = "The name of the topic." };
        name.Validators.Add(TopicNameRule.Check);
        return name;
    }
}
