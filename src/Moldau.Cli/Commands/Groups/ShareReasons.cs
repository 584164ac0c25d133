using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Why a share group reads nothing, or not all: what follows from its members and from where it begins.</summary>
internal static class ShareReasons
{
    public static IEnumerable<GroupReason> Of(ShareGroupView group, IReadOnlyDictionary<TopicPartition, OpenTransaction> transactions, DateTimeOffset now) =>
        OfMembers(group)
            .Concat(TransactionReasons.Of(group.Starts, "share.isolation.level", transactions, now))
            .Concat(new ShareStartReasons(group).All());

    private static IEnumerable<GroupReason> OfMembers(ShareGroupView group)
    {
        if (group.Members.Count == 0)
        {
            yield return new("no-members", "The group has no members: no share consumer with this group.id is connected.");
        }

        foreach (var missing in GroupReasons.OfMissingTopics(group))
        {
            yield return missing;
        }

        ShareMember[] waiting = [.. group.ShareMembers.Where(member => member.Assigned.Count == 0 && member.Topics.Except(group.MissingTopics).Any())];
        if (waiting.Length > 0)
        {
            yield return new(
                "no-partitions",
                $"{GroupMembers.Named(waiting)} {(waiting.Length == 1 ? "has" : "have")} no partition yet. One comes with a later heartbeat (every 5 seconds by "
                + "default), when the group has begun with the topic's partitions and an assignment is made.")
            { Members = waiting };
        }
    }
}
