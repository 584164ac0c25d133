using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Of groups that commit offsets: those of consumers, and of streams applications.</summary>
internal sealed class CommittedReset(Cluster cluster, GroupQueries queries, string group) : IResetKind
{
    public string Name => "committed";

    public string Field => "committedOffset";

    /// <summary>An application takes such a group over with its offsets as consumers do; a topology, without which there is no streams group, comes only with it.</summary>
    public string Makes => "for consumers or a streams application";

    public void Check(ResetTarget target)
    {
    }

    public Task<Dictionary<TopicPartition, long?>> PositionsAsync() => queries.CommittedAsync(group);

    public async Task<IReadOnlyList<RefusedPartition>> SetAsync(IReadOnlyCollection<TopicPartitionOffset> positions)
    {
        var change = GroupChanges.Reset(group);
        try
        {
            await cluster.ChangeAsync(change, admin => admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(group, [.. positions])]));
            return [];
        }
        catch (AlterConsumerGroupOffsetsException e)
        {
            RefusedPartition[] refused = [.. e.Results[0].Partitions.Where(p => p.Error.IsError).Select(p => new RefusedPartition(p.TopicPartition, p.Error))];
            var error = e.Results[0].Error.IsError ? e.Results[0].Error : refused[0].Error;
            // Whoever has no member's name may not move the position of a group that has some.
            if (error.Code is ErrorCode.UnknownMemberId or ErrorCode.NonEmptyGroup)
            {
                throw new CommandFailure($"The group {group} has got a member meanwhile, and cannot be reset.", "Stop its members first.");
            }

            if (e.Results[0].Error.IsError || Explanation.Silence(error) is not null)
            {
                throw cluster.Explain(change, error);
            }

            return refused;
        }
    }
}
