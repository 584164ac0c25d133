using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Why a group reads nothing, or not all: what follows from its members and positions.</summary>
internal static class GroupReasons
{
    public static IEnumerable<GroupReason> Of(
        GroupView group, GroupTimes times, IReadOnlyDictionary<TopicPartition, OpenTransaction> transactions, DateTimeOffset now)
    {
        IEnumerable<GroupReason> members = group.Members.Count == 0 ? [NoMembers(group, times, now)] : OfMembers(group, times, now);
        return members.Concat(OfPositions(group, times, transactions, now));
    }

    /// <summary>What there is to say also of other groups that commit offsets.</summary>
    public static IEnumerable<GroupReason> OfPositions(
        GroupView group, GroupTimes times, IReadOnlyDictionary<TopicPartition, OpenTransaction> transactions, DateTimeOffset now) =>
        TransactionReasons.Of(group.Positions, "isolation.level", transactions, now)
            .Concat(new PositionReasons(group, times, now).All())
            .Concat(OfCommits(group, times, now));

    /// <summary>Where it is known what members are subscribed to.</summary>
    public static IEnumerable<GroupReason> OfMissingTopics(GroupView group) => group.MissingTopics.Select(topic => new GroupReason(
        "missing-topic",
        $"{topic}: members are subscribed to this topic, and it does not exist, or this user may not see it. `moldau topic list` shows those that there are.")
    { Topic = topic });

    private static GroupReason NoMembers(GroupView group, GroupTimes times, DateTimeOffset now)
    {
        string since = times.EmptySince is { } left ? $" The last one left, or was put out, {TimeText.Since(left, now)}." : "";
        // It has been at work, and there is more: whoever wonders at that has probably not stopped it.
        string hint = group.Positions.Any(p => p.Lag > 0)
            ? " If one ought to be: a consumer is put out of its group when it takes longer than max.poll.interval.ms (5 minutes by default) from one poll to the "
                + "next, or is not heard of for session.timeout.ms (45 seconds by default with Kafka's own clients). Its own log says so, or why it stopped."
            : "";
        return new("no-members", $"The group has no members: no consumer with this group.id is connected.{since}{hint}");
    }

    private static IEnumerable<GroupReason> OfMembers(GroupView group, GroupTimes times, DateTimeOffset now)
    {
        if (group.State == "PreparingRebalance")
        {
            yield return new(
                "rebalance",
                $"The group is in a rebalance: members read on when all have joined again. It has {GroupMembers.Named(group.Members)}; for which of them it waits the "
                + "protocol does not say. One that is dead is given up after its session.timeout.ms (45 seconds by default with Kafka's own clients), one that lives and is busy with its "
                + "records after its max.poll.interval.ms (5 minutes by default).")
            { Members = group.Members };
        }
        else if (group.State == "CompletingRebalance")
        {
            yield return new("assignment", "The group is in a rebalance: all have joined, and their leader has yet to say who reads which partitions.");
        }

        foreach (var member in group.Members.Where(m => m.ToGiveUp.Any()))
        {
            string asked = times.TargetMade is { } made ? $", {TimeText.Since(made, now)}," : "";
            yield return new(
                GroupReason.WaitsForMember,
                $"{member.Name} was asked{asked} to give up {PartitionText.Of(member.ToGiveUp)}, and nobody else gets that before it has. "
                + "It does so when it polls; if it does not within its max.poll.interval.ms (5 minutes by default) it is put out of the group.")
            { Member = member, Asked = times.TargetMade };
        }

        foreach (var missing in OfMissingTopics(group))
        {
            yield return missing;
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
            return new("no-partitions", NoPartitions(group));
        }

        int partitions = group.Members.Sum(m => m.Assigned.Union(m.Target).Count());
        string have = idle.Length == 1 ? "has" : "have";
        return new(
            "more-members-than-partitions",
            $"{idle.Length} of {Counted.Of(group.Members.Count, "member")} {have} no partition: the group has {Counted.Of(partitions, "partition")} to share, and each "
            + $"goes to one member. Without: {GroupMembers.Named(idle)}.")
        { Members = idle };
    }

    private static string NoPartitions(GroupView group)
    {
        string[] patterns = [.. group.Members.Select(member => member.Pattern).OfType<string>().Distinct(StringComparer.Ordinal)];
        string[] existing = [.. group.SubscribedTopics.Except(group.MissingTopics)];
        return (existing, patterns) switch
        {
            ({ Length: > 0 }, _) => $"No member has a partition yet, though these topics exist that they are subscribed to: {string.Join(", ", existing)}. An assignment comes "
                + "with their heartbeats (every 5 seconds by default).",
            (_, { Length: > 0 }) => $"No member has a partition: no topic that they may read matches {string.Join(" or ", patterns)}, to which they are subscribed. "
                + "`moldau topic list` shows those that there are.",
            _ when group.MissingTopics.Count > 0 => "No member has a partition: no topic exists that they are subscribed to.",
            _ => "No member has a partition. Do the topics exist that the consumers are subscribed to, under exactly these names? `moldau topic list` shows them.",
        };
    }

    private static IEnumerable<GroupReason> OfCommits(GroupView group, GroupTimes times, DateTimeOffset now)
    {
        if (times.LastCommit is { } last)
        {
            yield return new("last-commit", $"The last commit was {TimeText.Since(last, now)}.") { LastCommit = last };
        }
        else if (group.Positions.All(p => p.Committed is null))
        {
            yield return new("never-committed", "The group has committed nothing so far.");
        }
        else
        {
            yield return new(
                "last-commit-unknown",
                "When the last commit was is not known: only the topic __consumer_offsets says it, which this user may not read, or which is too long to be read in "
                + "a few seconds.");
        }
    }
}
