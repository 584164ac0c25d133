using System.CommandLine;

namespace Moldau.Cli.Commands.Groups;

/// <summary>moldau group: list, describe, why, reset, delete.</summary>
internal static class GroupCommands
{
    public static Command Create(Surroundings around)
    {
        var command = new Command("group", "List and describe groups, say why one reads nothing, reset and delete them.");
        command.Subcommands.Add(ListGroups.Create(around));
        command.Subcommands.Add(DescribeGroup.Create(around));
        command.Subcommands.Add(WhyGroup.Create(around));
        command.Subcommands.Add(ResetGroup.Create(around));
        command.Subcommands.Add(DeleteGroup.Create(around));
        return command;
    }

    public static Argument<string> Name()
    {
        var name = new Argument<string>("GROUP") { Description = "The group.id of the consumers, or the application.id of a streams application." };
        NameRule.Add(name, "The name of a group", string.IsNullOrEmpty);
        return name;
    }
}
