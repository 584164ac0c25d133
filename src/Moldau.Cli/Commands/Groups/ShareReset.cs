using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Of a share group: it begins anew, and what it was done with from the start on counts no longer.</summary>
internal sealed class ShareReset(Cluster cluster, ShareGroupQueries queries, string group) : IResetKind
{
    private readonly Change _change = GroupChanges.Reset(group);

    public string Name => "start";

    public string Field => "startOffset";

    public string Makes => "a share group";

    /// <summary>The records after the start may be done, and those of which the group is done may reach far beyond it.</summary>
    public void Check(ResetTarget target)
    {
        if (target is ShiftBy)
        {
            throw new CommandFailure(
                $"The group {group} is a share group: it is done with records one by one, so it has no position that could be shifted.",
                "--to-earliest, --to-latest, --to-offset, --to-datetime and --by-duration say where it is to begin anew.");
        }
    }

    public Task<Dictionary<TopicPartition, long?>> PositionsAsync() => queries.StartOffsetsAsync(group);

    public Task<IReadOnlyList<RefusedPartition>> SetAsync(IReadOnlyCollection<TopicPartitionOffset> positions) =>
        cluster.ChangeAsync(_change, () => queries.BeginAtAsync(_change, group, positions));
}
