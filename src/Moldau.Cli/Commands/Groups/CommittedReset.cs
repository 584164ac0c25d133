using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>Of groups that commit offsets: those of consumers, and of streams applications.</summary>
internal sealed class CommittedReset(Cluster cluster, GroupQueries queries, string group) : IResetKind
{
    public string Name => "committed";

    public string Field => "committedOffset";

    public void Check(ResetTarget target)
    {
    }

    public Task<Dictionary<TopicPartition, long?>> PositionsAsync() => queries.CommittedAsync(group);

    public async Task SetAsync(IReadOnlyCollection<TopicPartitionOffset> positions)
    {
        var change = GroupChanges.Reset(group);
        try
        {
            await cluster.ChangeAsync(change, admin => admin.AlterConsumerGroupOffsetsAsync([new ConsumerGroupTopicPartitionOffsets(group, [.. positions])]));
        }
        catch (AlterConsumerGroupOffsetsException e)
        {
            var error = e.Results[0].Error.IsError ? e.Results[0].Error : e.Results[0].Partitions.First(p => p.Error.IsError).Error;
            // Whoever has no member's name may not move the position of a group that has some.
            throw error.Code is ErrorCode.UnknownMemberId or ErrorCode.NonEmptyGroup
                ? new CommandFailure($"The group {group} has got a member meanwhile, and cannot be reset.", "Stop its members first.")
                : cluster.Explain(change, error);
        }
    }
}
