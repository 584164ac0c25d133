using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>How a group stands to what there is in a partition.</summary>
internal enum PositionKind
{
    Unknown,
    Empty,
    NothingCommitted,
    BehindRetention,
    BeyondEnd,
    AtEnd,
    OpenTransaction,
    Behind,
    Unread,
}

/// <summary>What is to be said of the partitions of a topic in which a group stands alike.</summary>
internal static class PositionReasons
{
    public static PositionKind KindOf(GroupPosition position) => position switch
    {
        { First: null } or { End: null } => PositionKind.Unknown,
        { Committed: null } when position.First == position.End => PositionKind.Empty,
        { Committed: null } => PositionKind.NothingCommitted,
        _ when position.Committed < position.First => PositionKind.BehindRetention,
        _ when position.Committed > position.End => PositionKind.BeyondEnd,
        _ when position.Committed == position.End => PositionKind.AtEnd,
        _ when position.Committed >= position.Stable => PositionKind.OpenTransaction,
        { Holder: null } => PositionKind.Unread,
        _ => PositionKind.Behind,
    };

    public static GroupReason Of(
        GroupView group, PositionKind kind, OpenTransaction? transaction, IReadOnlyList<GroupPosition> alike, DateTimeOffset now)
    {
        string topic = alike[0].Topic;
        int[] partitions = [.. alike.Select(p => p.Index)];
        long records = alike.Sum(position => CountOf(kind, position));
        string counted = GroupMembers.Counted(records, "record");
        var (code, text) = kind switch
        {
            PositionKind.Unknown => ("unknown", "the broker does not say how far the log reaches: was the topic deleted?"),
            PositionKind.Empty => ("empty", "there is nothing to read, and nothing committed."),
            PositionKind.NothingCommitted => (
                "nothing-committed",
                $"nothing is committed, and {counted} are there. With auto.offset.reset=latest, which is the default, a consumer begins behind them and "
                + $"reads only what comes from then on; earliest reads them. So does `moldau group reset {group.Name} --topic {topic} --to-earliest`, "
                + "once the consumers are stopped."),
            PositionKind.BehindRetention => (
                "behind-retention",
                $"{counted} that the group had yet to read are gone, by retention or because somebody deleted them. It goes on at the first that is there, "
                + "or at the end with auto.offset.reset=latest."),
            PositionKind.BeyondEnd => (
                "beyond-end",
                "the position lies behind the end: the topic was probably deleted and made again. The consumer goes on where auto.offset.reset says."),
            PositionKind.AtEnd when records == 0 => ("at-end", "at the end: there is nothing to read yet."),
            PositionKind.AtEnd => (
                "at-end",
                $"at the end: everything is read, and {counted} lie before the position. `moldau group reset {group.Name} --topic {topic} --to-earliest` "
                + "reads them again, once the consumers are stopped."),
            PositionKind.OpenTransaction => (
                "open-transaction",
                $"a transaction is open, and consumers with isolation.level=read_committed wait before its first record until it ends; {counted} stand there. "
                + Name(transaction, now)),
            PositionKind.Unread => ("unread", $"{counted} are left to read, and no member has the partition."),
            _ => ("behind", $"{counted} are left to read."),
        };
        return new GroupReason(code, $"{topic}:{PartitionText.Of(partitions)}: {text.TrimEnd()}") { Topic = topic, Partitions = partitions, Records = records };
    }

    private static string Name(OpenTransaction? transaction, DateTimeOffset now)
    {
        if (transaction is null)
        {
            return "";
        }

        string since = transaction.Since is { } begun ? $"; it began {GroupReasons.Since(begun, now)}" : "";
        return transaction.TransactionalId is { } id
            ? $"It is that of transactional.id {id} ({transaction.State}){since}."
            : $"It is that of producer {transaction.ProducerId}, which no coordinator knows: it will not end by itself, an admin must abort it{since}.";
    }

    private static long CountOf(PositionKind kind, GroupPosition position) => kind switch
    {
        PositionKind.Unknown or PositionKind.BeyondEnd => 0,
        PositionKind.BehindRetention => position.First!.Value - position.Committed!.Value,
        PositionKind.AtEnd => position.Committed!.Value - position.First!.Value,
        _ => position.Lag!.Value,
    };
}
