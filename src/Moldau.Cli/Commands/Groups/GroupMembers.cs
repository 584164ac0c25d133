using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>What is said of a group's members where they stand in the way.</summary>
internal static class GroupMembers
{
    private const int NamedMax = 3;

    public static CommandFailure Refusal(GroupView group, string what) => new(
        $"The group {group.Name} has {Counted(group.Members.Count, "member")} and cannot be {what}: {Named(group.Members)}.",
        "Stop these consumers first. One that was killed is a member until its session is over, which takes 45 seconds by default.");

    public static string Counted(long count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";

    private static string Named(IReadOnlyList<GroupMember> members)
    {
        string named = string.Join(", ", members.Take(NamedMax).Select(m => m.Name));
        return members.Count <= NamedMax ? named : $"{named} and {Counted(members.Count - NamedMax, "other")}";
    }
}
