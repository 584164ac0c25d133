using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Why a streams application reads nothing, or not all: what follows from its topology, its members and its positions.</summary>
internal static class StreamsReasons
{
    public static IEnumerable<GroupReason> Of(
        StreamsGroupView group, GroupTimes times, IReadOnlyDictionary<TopicPartition, OpenTransaction> transactions, DateTimeOffset now)
    {
        IEnumerable<GroupReason> members = group.Members.Count == 0 ? [NoMembers(group, times, now)] : OfMembers(group, times, now);
        return members.Concat(GroupReasons.OfPositions(group, times, transactions, now));
    }

    private static GroupReason NoMembers(StreamsGroupView group, GroupTimes times, DateTimeOffset now)
    {
        string since = times.EmptySince is { } left ? $" The last one left, or was put out, {TimeText.Since(left, now)}." : "";
        // It has been at work, and there is more: whoever wonders at that has probably not stopped it.
        string hint = group.Positions.Any(p => p.Lag > 0) ? " If one ought to be, its own log says why it stopped, or was put out of the group." : "";
        return new("no-members", $"The group has no members: no thread of an application with this application.id is connected.{since}{hint}");
    }

    private static IEnumerable<GroupReason> OfMembers(StreamsGroupView group, GroupTimes times, DateTimeOffset now) =>
        OfTopology(group).Concat(OfMoves(group, times, now)).Concat(OfIdle(group));

    private static IEnumerable<GroupReason> OfTopology(StreamsGroupView group)
    {
        foreach (string topic in group.MissingSources)
        {
            yield return new(
                "missing-source-topic",
                $"{topic}: the application reads this topic, and it does not exist, or this user may not see it. Without it there are no tasks. "
                + $"`{AdvisedCommand.Of("topic create", topic)}` makes it.")
            { Topic = topic };
        }

        // They are made only when the others are there.
        if (group.MissingInternals.Count > 0 && group.MissingSources.Count == 0)
        {
            yield return new(
                "missing-internal-topics",
                $"Topics of the application's own do not exist yet, or this user may not see them: {string.Join(", ", group.MissingInternals)}. The broker makes them "
                + "when a member is heard of; what keeps it from that the application's log says. Without them there are no tasks.");
        }

        if (group.State == "NotReady" && group.MissingSources.Count + group.MissingInternals.Count == 0)
        {
            yield return new(
                "not-ready",
                "The group has no tasks: its topics are there, but their numbers of partitions do not fit the topology, or the broker has yet to look at them, which it "
                + "does at a member's next heartbeat. The application's log says which.");
        }

        StreamsMember[] stale = [.. group.StreamsMembers.Where(member => member.TopologyEpoch < group.TopologyEpoch)];
        if (stale.Length > 0)
        {
            yield return new(
                "stale-topology",
                $"{GroupMembers.Named(stale)} {(stale.Length == 1 ? "has" : "have")} an older topology than the group, whose is of epoch {group.TopologyEpoch}: is an "
                + "older version of the application still running?")
            { Members = stale };
        }
    }

    private static IEnumerable<GroupReason> OfMoves(StreamsGroupView group, GroupTimes times, DateTimeOffset now)
    {
        if (group.State == "Assigning")
        {
            yield return new(
                "assignment", "An assignment of the tasks is yet to be made. It comes with the members' next heartbeats (every 5 seconds by default).");
        }

        foreach (var member in group.StreamsMembers.Where(member => member.TasksToGiveUp.All.Any()))
        {
            string asked = times.TargetMade is { } made ? $", {TimeText.Since(made, now)}," : "";
            yield return new(
                GroupReason.WaitsForMember,
                $"{member.Name} was asked{asked} to give up the tasks {PartitionText.Of(member.TasksToGiveUp.All)} (subtopology:partitions), and nobody else gets that before it has.")
            { Member = member, Asked = times.TargetMade };
        }
    }

    private static IEnumerable<GroupReason> OfIdle(StreamsGroupView group)
    {
        StreamsMember[] idle = [.. group.StreamsMembers.Where(member => member.Tasks.Active.Count + member.TasksAwaited.Active.Count == 0)];
        if (idle.Length == 0 || group.State is not ("Stable" or "Reconciling"))
        {
            yield break;
        }

        int tasks = group.StreamsMembers.SelectMany(member => member.Tasks.Active.Union(member.TargetTasks.Active)).Distinct().Count();
        yield return new(
            "more-members-than-tasks",
            $"{idle.Length} of {Counted.Of(group.Members.Count, "member")} {(idle.Length == 1 ? "has" : "have")} no active task: the group has "
            + $"{Counted.Of(tasks, "task")} to share, and each is active in one member. Without: {GroupMembers.Named(idle)}.")
        { Members = idle };
    }
}
