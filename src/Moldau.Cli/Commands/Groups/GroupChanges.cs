using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>What is done to groups, and the command that shows how things are with one.</summary>
internal static class GroupChanges
{
    public static Change Delete(string group) => new($"delete the group {group}", Look(group));

    public static Change Reset(string group) => new($"reset the group {group}", Look(group));

    private static string Look(string group) => AdvisedCommand.Of("group describe", group);
}
