namespace Moldau.Cli.Commands.Groups;

/// <summary>What is to be said beside the table of a reset.</summary>
internal static class ResetRemarks
{
    public static IEnumerable<string> Of(IReadOnlyCollection<ResetMove> moves) =>
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
