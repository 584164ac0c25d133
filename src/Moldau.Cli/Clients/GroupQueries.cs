using Confluent.Kafka;
using Confluent.Kafka.Admin;

namespace Moldau.Cli.Clients;

/// <summary>Asks a cluster about one group.</summary>
internal sealed class GroupQueries(Cluster cluster, Connection connection, CancellationToken stop)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <exception cref="CommandFailure">There is no such group.</exception>
    public async Task<GroupView> DescribeAsync(string name) => await FindAsync(name).ConfigureAwait(false)
        ?? throw await MissingAsync(name, "A group is there as soon as a consumer with this group.id connects; `moldau group list` shows those that are.")
            .ConfigureAwait(false);

    /// <summary>That there is no such group, with the one that was probably meant.</summary>
    public async Task<CommandFailure> MissingAsync(string name, string remedy)
    {
        var listing = await new GroupListings(cluster, connection, stop).AllAsync().ConfigureAwait(false);
        string meant = NearestName.Of(name, listing.Groups.Keys) is { } near ? $"Is {near} meant? " : "";
        return new CommandFailure(
            $"There is no group {name} on {connection.Brokers}: nobody has joined it or committed for it, or all of that was removed.", meant + remedy);
    }

    /// <summary>Null where there is none.</summary>
    /// <exception cref="CommandFailure">The group is not one of consumers.</exception>
    public async Task<GroupView?> FindAsync(string name)
    {
        ConsumerGroupDescription described;
        try
        {
            described = (await cluster.AskAsync(admin => admin.DescribeConsumerGroupsAsync([name])).ConfigureAwait(false)).ConsumerGroupDescriptions[0];
        }
        catch (DescribeConsumerGroupsException e)
        {
            described = e.Results.ConsumerGroupDescriptions[0];
        }

        if (described.Error is { IsError: true, Code: not ErrorCode.GroupIdNotFound } error)
        {
            throw Explanation.Of(error, connection);
        }

        bool isMissing = described.State == ConsumerGroupState.Dead || described.Error.IsError;
        if (!isMissing && described.State != ConsumerGroupState.Unknown)
        {
            return GroupView.Of(described);
        }

        var listed = (await new GroupListings(cluster, connection, stop).AllAsync().ConfigureAwait(false)).Groups.GetValueOrDefault(name);
        return (isMissing, listed) switch
        {
            (true, null) => null,
            (true, _) => throw OfAnotherKind(name, listed.GroupType),
            (false, null) => GroupView.Of(described),
            (false, _) => GroupView.Of(described) with { State = listed.GroupState },
        };
    }

    private static CommandFailure OfAnotherKind(string name, string type) => new(
        $"The group {name} is a {type} group. Its members have no positions of their own in partitions that could be shown or set here.",
        "This command is for the groups of consumers, which `moldau group list` shows as classic or consumer.");

    /// <summary>The group with its position in every partition of the topics that it has committed for, or of which a member has some.</summary>
    public async Task<GroupView> WithPositionsAsync(GroupView group)
    {
        var committed = await CommittedAsync(group.Name).ConfigureAwait(false);
        var held = group.Members.SelectMany(member => member.Assigned.Select(partition => (partition, member))).ToLookup(p => p.partition, p => p.member);
        TopicPartition[] all =
        [
            .. WithSiblings([.. committed.Keys.Union(held.Select(p => p.Key))]).OrderBy(p => p.Topic, StringComparer.Ordinal).ThenBy(p => p.Partition.Value),
        ];
        var positions = await ReachesAsync(all).ConfigureAwait(false);
        return group with
        {
            Positions = [.. positions.Select(p => p with { Committed = committed.GetValueOrDefault(p.Partition), Holder = held[p.Partition].FirstOrDefault() })],
        };
    }

    /// <summary>Nothing may have been read or committed of some partitions of a topic.</summary>
    private IEnumerable<TopicPartition> WithSiblings(IReadOnlyCollection<TopicPartition> known) => known.Union(
        from topic in known.Select(p => p.Topic).Distinct(StringComparer.Ordinal)
        from partition in Enumerable.Range(0, cluster.Partitions(topic))
        select new TopicPartition(topic, partition));

    /// <summary>The committed offsets, null where there is none for the partition.</summary>
    public async Task<Dictionary<TopicPartition, long?>> CommittedAsync(string name)
    {
        List<TopicPartitionOffsetError> found;
        try
        {
            var asked = new ConsumerGroupTopicPartitions(name, null);
            var listed = await cluster.AskAsync(admin => admin.ListConsumerGroupOffsetsAsync([asked])).ConfigureAwait(false);
            found = listed[0].Partitions;
        }
        catch (ListConsumerGroupOffsetsException e) when (e.Results[0].Error.IsError)
        {
            throw Explanation.Of(e.Results[0].Error, connection);
        }
        catch (ListConsumerGroupOffsetsException e)
        {
            found = e.Results[0].Partitions;
        }

        return found.ToDictionary(p => p.TopicPartition, p => p.Offset.Value >= 0 ? p.Offset.Value : (long?)null);
    }

    /// <summary>The same group with the texts beside its offsets. Cannot be broken off.</summary>
    public GroupView WithMetadata(GroupView group)
    {
        if (group.Positions.All(p => p.Committed is null))
        {
            return group;
        }

        // What a transaction may yet replace is shown as it is: by default the client would wait for the end of that.
        var config = new ConsumerConfig(connection.ToConfig()) { GroupId = group.Name, IsolationLevel = IsolationLevel.ReadUncommitted };
        // It joins nothing: offsets are read by the name of the group alone.
        using var reader = new ConsumerBuilder<Ignore, Ignore>(config).SetLogHandler((_, _) => { }).SetErrorHandler((_, _) => { }).Build();
        var texts = new Dictionary<TopicPartition, string>();
        try
        {
            foreach (var topic in group.Positions.Where(p => p.Committed is not null).GroupBy(p => p.Topic))
            {
                foreach (var position in OffsetMetadata.Committed(reader, topic.Key, topic.Select(p => p.Index), Patience))
                {
                    texts[new TopicPartition(topic.Key, position.Partition)] = position.Metadata;
                }
            }
        }
        catch (KafkaException e)
        {
            throw Explanation.Of(e.Error, connection);
        }

        return group with { Positions = [.. group.Positions.Select(p => p with { Metadata = texts.GetValueOrDefault(p.Partition, "") })] };
    }

    /// <summary>How far the partitions reach.</summary>
    public async Task<IEnumerable<GroupPosition>> ReachesAsync(IReadOnlyCollection<TopicPartition> partitions)
    {
        var first = await LogOffsets.OfAsync(cluster, partitions, OffsetSpec.Earliest()).ConfigureAwait(false);
        var end = await LogOffsets.OfAsync(cluster, partitions, OffsetSpec.Latest()).ConfigureAwait(false);
        // After the end: what is written in between would pass for an open transaction.
        var stable = await LogOffsets.OfAsync(cluster, partitions, OffsetSpec.Latest(), IsolationLevel.ReadCommitted).ConfigureAwait(false);
        return partitions.Select(p => new GroupPosition(p) { First = Known(first, p), Stable = Known(stable, p), End = Known(end, p) });
    }

    private static long? Known(Dictionary<TopicPartition, TopicPartitionOffsetError> offsets, TopicPartition partition) =>
        offsets.TryGetValue(partition, out var found) && !found.Error.IsError ? found.Offset.Value : null;
}
