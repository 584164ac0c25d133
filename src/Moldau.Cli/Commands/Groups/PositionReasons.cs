using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>What is to be said of the partitions of a topic in which a group stands alike.</summary>
internal sealed class PositionReasons(GroupView group, GroupTimes times, DateTimeOffset now)
{
    public IEnumerable<GroupReason> All() => group.Positions
        .GroupBy(position => KeyOf(position, PositionKinds.Of(position, times)))
        .Where(alike => alike.Key.Kind != PositionKind.BeforeTransaction)
        .OrderBy(alike => alike.Key.Kind)
        .Select(alike => Of(alike.Key.Kind, [.. alike]));

    /// <summary>Where a member is at work it is told what each has left.</summary>
    private static (PositionKind Kind, string Topic, GroupMember? Reader) KeyOf(GroupPosition position, PositionKind kind) =>
        (kind, position.Topic, kind is PositionKind.StandsStill or PositionKind.Behind ? position.Holder : null);

    private GroupReason Of(PositionKind kind, GroupPosition[] alike)
    {
        string topic = alike[0].Topic;
        int[] partitions = [.. alike.Select(p => p.Index)];
        long records = alike.Sum(position => CountOf(kind, position));
        var (code, text) = kind switch
        {
            PositionKind.Unknown => ("unknown", "the broker does not say how far the log reaches: was the topic deleted?"),
            PositionKind.Empty => ("empty", "there is nothing to read, and nothing committed."),
            PositionKind.NothingCommitted => ("nothing-committed", NothingCommitted(alike, records)),
            PositionKind.BehindRetention => (
                "behind-retention",
                $"{Counted.Of(records, "record")} that the group had yet to read {(records == 1 ? "is" : "are")} gone, by retention or because somebody deleted "
                + $"{Counted.Them(records)}. The group goes on at the first that is there, or at the end with auto.offset.reset=latest."),
            PositionKind.BeyondEnd => (
                "beyond-end",
                "the position lies beyond the end: the topic was probably deleted and made again. The consumer goes on where auto.offset.reset says."),
            PositionKind.AtEnd => ("at-end", AtEnd(alike, records)),
            PositionKind.Unread => ("unread", $"{Left(records)}, and {Nobody(alike.Length)}."),
            PositionKind.StandsStill => ("stands-still", StandsStill(alike, records)),
            _ => ("behind", Behind(alike, records)),
        };
        return new GroupReason(code, $"{topic}:{PartitionText.Of(partitions)}: {text}")
        {
            Topic = topic,
            Partitions = partitions,
            Records = records,
            Member = kind is PositionKind.StandsStill or PositionKind.Behind ? alike[0].Holder : null,
            Members = kind is PositionKind.NothingCommitted ? Holders(alike) : null,
            LastCommit = LastCommit(alike),
        };
    }

    private string NothingCommitted(GroupPosition[] alike, long records)
    {
        string held = Held(alike) is { Length: > 0 } holders ? $" {holders}." : "";
        string begin = group.BeginsAtEnd
            ? $"With auto.offset.reset=latest, which is the default, a consumer begins after {(records == 1 ? "that" : "them")} and reads only what comes from "
                + $"then on; earliest reads {Counted.Them(records)}."
            : $"The application begins with {(records == 1 ? "that" : "them")}, unless its auto.offset.reset is latest: then it reads only what comes from then on.";
        return $"nothing is committed, and {Counted.Are(records, "record")} there. {begin} "
            + $"{Reset(alike)} makes sure that {(records == 1 ? "it is" : "they are")} read.{held}";
    }

    private string AtEnd(GroupPosition[] alike, long records) => records == 0
        ? "at the end: there is nothing to read yet."
        : $"at the end: everything is read, and {Counted.Of(records, "record")} {(records == 1 ? "lies" : "lie")} before the position. {Reset(alike)} lets the "
            + $"group read {Counted.Them(records)} again.";

    private string StandsStill(GroupPosition[] alike, long records) =>
        $"{Left(records)}, and the last commit here was {TimeText.Since(LastCommit(alike)!.Value, now)}, while the group committed for other partitions "
        + $"{TimeText.Since(times.LastCommit!.Value, now)}. {Held(alike)}: perhaps it hangs in its work on a record, or has paused "
        + $"{Counted.Them(alike.Length)}, or had nothing to read until just now.";

    private string Behind(GroupPosition[] alike, long records)
    {
        string last = LastCommit(alike) is { } time ? $"; the last commit here was {TimeText.Since(time, now)}" : "";
        return $"{Left(records)}. {Held(alike)}{last}.";
    }

    private string Nobody(int partitions) => group.IsRebalancing
        ? "who is to read them is not decided before the end of the rebalance"
        : $"no member has {(partitions == 1 ? "the partition" : "these partitions")}";

    /// <summary>None was later in any of these partitions.</summary>
    private DateTimeOffset? LastCommit(GroupPosition[] alike) => alike.Max(position => times.CommitOf(position.Partition));

    private static string Left(long records) => $"{Counted.Are(records, "record")} left to read";

    private static GroupMember[] Holders(GroupPosition[] alike) => [.. alike.Select(p => p.Holder).OfType<GroupMember>().Distinct()];

    private static string Held(GroupPosition[] alike)
    {
        GroupMember[] holders = Holders(alike);
        return holders.Length == 0 ? "" : $"{GroupMembers.Named(holders)} {(holders.Length == 1 ? "has" : "have")} {Counted.Them(alike.Length)}";
    }

    private string Reset(GroupPosition[] alike)
    {
        string command = ResetCommand.ToEarliest(group.Name, alike[0].Topic, alike.Select(p => p.Index));
        return group.Members.Count == 0 ? command : $"With the {group.Workers} stopped, {command}";
    }

    private static long CountOf(PositionKind kind, GroupPosition position) => kind switch
    {
        PositionKind.Unknown or PositionKind.BeyondEnd => 0,
        PositionKind.BehindRetention => position.First!.Value - position.Committed!.Value,
        PositionKind.AtEnd => position.Committed!.Value - position.First!.Value,
        PositionKind.NothingCommitted or PositionKind.Empty => position.End!.Value - position.First!.Value,
        _ => position.Lag!.Value,
    };
}
