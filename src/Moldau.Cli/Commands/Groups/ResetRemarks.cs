using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>What is to be said beside the table of a reset.</summary>
internal static class ResetRemarks
{
    public static IEnumerable<string> Of(GroupView? group, IReadOnlyCollection<ResetMove> moves) => OfTopics(group, moves).Concat(OfCaveats(moves));

    private static IEnumerable<string> OfTopics(GroupView? group, IReadOnlyCollection<ResetMove> moves)
    {
        if (group is not { AreTopicsKnown: true })
        {
            yield break;
        }

        string[] others = [.. moves.Select(move => move.Position.Topic).Distinct(StringComparer.Ordinal).Except(group.Topics)];
        if (others.Length > 0)
        {
            string them = Counted.Them(others.Length);
            yield return $"{string.Join(", ", others)}: the group does not read {them}, as far as its coordinator says. A position there counts only when a member reads {them}.";
        }
    }

    private static IEnumerable<string> OfCaveats(IReadOnlyCollection<ResetMove> moves) =>
        from move in moves
        where move.Caveat != ResetCaveat.None
        group move.Position.Partition by move.Caveat into alike
        orderby alike.Key
        select Of(alike.Key, PartitionText.Of(alike), alike.Count() > 1);

    private static string Of(ResetCaveat caveat, string partitions, bool areSeveral) => caveat switch
    {
        ResetCaveat.NoRecordSince =>
            $"{partitions} {(areSeveral ? "have" : "has")} no record of that time or later: there it means the end, and only what comes from then on is read.",
        ResetCaveat.OutOfReach => $"{partitions} {(areSeveral ? "do" : "does")} not reach so far: there it means the nearest offset.",
        _ => $"In {partitions} nothing is committed, so there is nothing to shift, and consumers begin where their auto.offset.reset says: "
            + "--to-earliest or --to-offset set a position.",
    };
}
