using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>What is to be said of the partitions of a topic in which a share group stands alike.</summary>
internal sealed class ShareStartReasons(ShareGroupView group)
{
    public IEnumerable<GroupReason> All() => group.Starts
        .GroupBy(start => (Kind: ShareStartKinds.Of(start), start.Topic, start.Failure))
        .OrderBy(alike => alike.Key.Kind)
        .Select(alike => Of(alike.Key.Kind, [.. alike]));

    private GroupReason Of(ShareStartKind kind, SharePosition[] alike)
    {
        string topic = alike[0].Topic;
        int[] partitions = [.. alike.Select(start => start.Index)];
        long records = alike.Sum(start => CountOf(kind, start));
        var (code, text) = kind switch
        {
            ShareStartKind.Unknown => ("unknown", Unknown(alike[0].Failure)),
            ShareStartKind.BeyondEnd => ("beyond-end", $"the group begins beyond the end, and gets nothing that comes before its start. {Reset(alike)} lets it begin at what is there."),
            ShareStartKind.NotBegun => ("not-begun", NotBegun(alike, records)),
            ShareStartKind.Unread => ("unread", $"the group is not done with {Undone(alike, records)}, and no member has {(alike.Length == 1 ? "the partition" : "these partitions")}."),
            ShareStartKind.Undone => ("undone", $"the group is not done with {Counted.Of(records, "record")}. {InHand(alike, records)}"),
            ShareStartKind.Uncounted => ("uncounted", $"the group is not done with {Undone(alike, records)}. {InHand(alike, records)}"),
            ShareStartKind.AtEnd => ("at-end", AtEnd(alike, records)),
            _ => ("empty", "there is nothing to read, and no start is stored."),
        };
        return new GroupReason(code, $"{topic}:{PartitionText.Of(partitions)}: {text}") { Topic = topic, Partitions = partitions, Records = records };
    }

    private static string Unknown(string? failure) => failure is null
        ? "the broker does not say how far the log reaches: was the topic deleted?"
        : $"the broker does not say where the group is: {failure.TrimEnd('.')}.";

    private string NotBegun(SharePosition[] alike, long records) =>
        $"no start is stored, and {Counted.Are(records, "record")} there. With share.auto.offset.reset=latest, which is the default, the group begins after "
        + $"{(records == 1 ? "that" : "them")} when a member fetches for the first time; with earliest it gets {Counted.Them(records)}, and a start is stored when "
        + $"the first is acknowledged. {Reset(alike)} makes sure that {(records == 1 ? "it is" : "they are")} read.";

    private string AtEnd(SharePosition[] alike, long records) => records == 0
        ? "at the end: there is nothing to read yet."
        : $"at the end: nothing is left to do, and {Counted.Are(records, "record")} still there. {Reset(alike)} lets the group read {Counted.Them(records)}.";

    /// <summary>A broker that counts what is left says nothing of whether members have it, and no other request does.</summary>
    private static string InHand(SharePosition[] alike, long records)
    {
        GroupMember[] holders = [.. alike.SelectMany(start => start.Holders).Distinct()];
        string them = Counted.Them(records);
        return $"{GroupMembers.Named(holders)} {(holders.Length == 1 ? "has" : "have")} {(alike.Length == 1 ? "the partition" : "these partitions")}. Whether a member "
            + $"works on {them} the protocol does not say: who gets a record has it for share.record.lock.duration.ms (30 seconds by default), and then it goes to any "
            + "member again, until it was delivered as often as share.delivery.count.limit allows (5 times by default).";
    }

    /// <summary>As far as it is counted.</summary>
    private static string Undone(SharePosition[] alike, long records) =>
        alike.Any(start => start.Lag is null) ? $"{Counted.Of(records, "record")} at most; how many the broker does not say" : Counted.Of(records, "record");

    private string Reset(SharePosition[] alike)
    {
        string command = ResetCommand.ToEarliest(group.Name, alike[0].Topic, alike.Select(start => start.Index));
        return group.Members.Count == 0 ? command : $"With the {group.Workers} stopped, {command}";
    }

    private static long CountOf(ShareStartKind kind, SharePosition start) => kind switch
    {
        ShareStartKind.Unknown or ShareStartKind.BeyondEnd => 0,
        ShareStartKind.NotBegun or ShareStartKind.Empty => start.End!.Value - start.First!.Value,
        ShareStartKind.AtEnd => start.End!.Value - start.First!.Value,
        _ => start.Lag ?? start.End!.Value - start.Committed!.Value,
    };
}
