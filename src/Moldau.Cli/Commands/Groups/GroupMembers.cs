using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>What is said of a group's members where they stand in the way.</summary>
internal static class GroupMembers
{
    private const int NamedMax = 3;

    public static CommandFailure Refusal(GroupView group, string what) => new(
        $"The group {group.Name} has {Counted.Of(group.Members.Count, "member")} and cannot be {what} now: {Named(group.Members)}.",
        $"Stop its {group.Workers} first. A member that was killed is one until its session is over, which takes 45 seconds by default with Kafka's own clients.");

    /// <summary>A few by their names, and how many others there are.</summary>
    public static string Named(IReadOnlyList<GroupMember> members)
    {
        string named = string.Join(", ", members.Take(NamedMax).Select(m => m.Name));
        return members.Count <= NamedMax ? named : $"{named} and {Counted.Of(members.Count - NamedMax, "other")}";
    }
}
