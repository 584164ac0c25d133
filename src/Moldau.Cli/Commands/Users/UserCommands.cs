using System.CommandLine;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Users;

/// <summary>moldau user: who may log in.</summary>
internal static class UserCommands
{
    public static Command Create(Surroundings around)
    {
        var command = new Command("user", "Add, list and remove the users that may log in.");
        command.Subcommands.Add(AddUser.Create(around));
        command.Subcommands.Add(ListUsers.Create(around));
        command.Subcommands.Add(RemoveUser.Create(around));
        return command;
    }

    /// <summary>What is done to a user. Whether that one may log in is shown; with which password is not.</summary>
    public static Change Change(string what) => new(what, "moldau user list");

    public static Argument<string> Name()
    {
        var name = new Argument<string>("NAME") { Description = "The name of the user." };
        NameRule.Add(name, "The name of a user", string.IsNullOrWhiteSpace);
        return name;
    }
}
