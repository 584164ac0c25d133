using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Why a group reads nothing, or not all: what follows from its members and positions.</summary>
internal static class GroupReasons
{
    public static IEnumerable<GroupReason> Of(
        GroupView group, GroupTimes times, IReadOnlyDictionary<TopicPartition, OpenTransaction> transactions, DateTimeOffset now)
    {
        var positions = group.Positions
            .GroupBy(position => (position.Topic, Kind: PositionReasons.KindOf(position), Transaction: transactions.GetValueOrDefault(position.Partition)))
            .Select(alike => PositionReasons.Of(group, alike.Key.Kind, alike.Key.Transaction, [.. alike], now));
        return OfMembers(group, times, now).Concat(positions).Concat(OfCommits(group, times, now));
    }

    private static IEnumerable<GroupReason> OfMembers(GroupView group, GroupTimes times, DateTimeOffset now)
    {
        if (group.Members.Count == 0)
        {
            string since = times.EmptySince is { } left ? $" The last one left {Since(left, now)}." : "";
            yield return new("no-members", $"The group has no members: no consumer with this group.id is connected.{since}");
            yield break;
        }

        if (group.State == "PreparingRebalance")
        {
            yield return new(
                "rebalance",
                "The group is in a rebalance: members read on when all have joined again, or when those that do not are given up after their "
                + "max.poll.interval.ms. Which ones are missing the protocol does not say: look for a consumer that is busy with its records for long.");
        }
        else if (group.State == "CompletingRebalance")
        {
            yield return new("assignment", "The group is in a rebalance: all have joined, and their leader has yet to say who reads which partitions.");
        }

        foreach (var member in group.Members.Where(m => m.ToGiveUp.Any()))
        {
            string asked = times.TargetMade is { } made ? $", {Since(made, now)}," : "";
            yield return new(
                "waits-for-member",
                $"{member.Name} was asked{asked} to give up {PartitionText.Of(member.ToGiveUp)}, and nobody else gets that before it has. "
                + "It does so when it polls.");
        }

        if (Idle(group) is { } idle)
        {
            yield return idle;
        }
    }

    private static GroupReason? Idle(GroupView group)
    {
        GroupMember[] idle = [.. group.Members.Where(m => m.Assigned.Count == 0 && !m.Awaited.Any())];
        if (idle.Length == 0 || group.State is not ("Stable" or "Reconciling"))
        {
            return null;
        }

        if (idle.Length == group.Members.Count)
        {
            return new(
                "no-partitions",
                "No member has a partition. Do the topics exist that the consumers are subscribed to, under exactly these names? `moldau topic list` shows them.");
        }

        int partitions = group.Members.Sum(m => m.Assigned.Union(m.Target).Count());
        return new(
            "more-members-than-partitions",
            $"{idle.Length} of {GroupMembers.Counted(group.Members.Count, "member")} have no partition: the group has {GroupMembers.Counted(partitions, "partition")} to share, and each goes to one member. "
            + $"Without: {string.Join(", ", idle.Take(3).Select(m => m.Name))}{(idle.Length > 3 ? ", …" : "")}.");
    }

    private static IEnumerable<GroupReason> OfCommits(GroupView group, GroupTimes times, DateTimeOffset now)
    {
        if (times.LastCommit is { } last)
        {
            yield return new("last-commit", $"The last commit was {Since(last, now)}.");
        }
        else if (group.Positions.All(p => p.Committed is null))
        {
            yield return new("never-committed", "The group has committed nothing so far.");
        }
    }

    /// <summary>As long ago as it is, and when that was.</summary>
    public static string Since(DateTimeOffset time, DateTimeOffset now) => $"{Ago(now - time)} ago, {At(time)}";

    private static string At(DateTimeOffset time) => $"at {time.UtcDateTime:yyyy-MM-dd HH:mm:ss}Z";

    private static string Ago(TimeSpan passed) => passed switch
    {
        { TotalDays: >= 2 } => $"{(long)passed.TotalDays} days",
        { TotalHours: >= 2 } => $"{(long)passed.TotalHours} hours",
        { TotalMinutes: >= 2 } => $"{(long)passed.TotalMinutes} minutes",
        _ => GroupMembers.Counted(Math.Max((long)passed.TotalSeconds, 0), "second"),
    };
}
