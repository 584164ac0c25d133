using Confluent.Kafka;
using Confluent.Kafka.Admin;
using Moldau.Protocol.Messages;

namespace Moldau.Cli.Clients;

/// <summary>Asks a cluster about one group.</summary>
internal sealed class GroupQueries(Cluster cluster, Connection connection, CancellationToken stop)
{
    private const sbyte GroupKey = 0;

    /// <summary>Any broker with share groups knows it.</summary>
    private const short FindVersion = 4;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <exception cref="CommandFailure">There is no such group.</exception>
    public async Task<GroupView> DescribeAsync(string name) => await FindAsync(name).ConfigureAwait(false)
        ?? throw await MissingAsync(
            name,
            "A group is there as soon as a consumer with this group.id has joined it, which some client libraries do only once the consumer's topic exists: `moldau topic list` "
            + "shows the topics, `moldau group list` the groups.")
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
    /// <exception cref="CommandFailure">The group is of a kind that is not known here.</exception>
    public async Task<GroupView?> FindAsync(string name)
    {
        string question = $"what the group {name} is";
        ConsumerGroupDescription described;
        try
        {
            described = (await cluster.AskAsync(question, admin => admin.DescribeConsumerGroupsAsync([name])).ConfigureAwait(false)).ConsumerGroupDescriptions[0];
        }
        catch (DescribeConsumerGroupsException e)
        {
            described = e.Results.ConsumerGroupDescriptions[0];
        }

        if (described.Error is { IsError: true, Code: not ErrorCode.GroupIdNotFound } error)
        {
            throw cluster.Explain(question, error);
        }

        bool isMissing = described.State == ConsumerGroupState.Dead || described.Error.IsError;
        if (!isMissing && described.State != ConsumerGroupState.Unknown)
        {
            return await ViewOfAsync(described).ConfigureAwait(false);
        }

        var listing = await new GroupListings(cluster, connection, stop).AllAsync().ConfigureAwait(false);
        var listed = listing.Groups.GetValueOrDefault(name);
        return (isMissing, listed) switch
        {
            (true, null) when !listing.IsWhole => throw new CommandFailure(listing.Gaps, $"So it is not known whether there is a group {name}. Try once more."),
            (true, null) => null,
            (true, _) => await FindAsync(name, listed.GroupType, listing.Coordinators[name]).ConfigureAwait(false),
            (false, null) => await ViewOfAsync(described).ConfigureAwait(false),
            (false, _) => await ViewOfAsync(described).ConfigureAwait(false) with { State = listed.GroupState },
        };
    }

    private async Task<GroupView> ViewOfAsync(ConsumerGroupDescription described)
    {
        var view = GroupView.Of(described);
        return view is { Type: GroupView.Consumer, Members.Count: > 0 } && cluster.Brokers.FirstOrDefault(broker => broker.BrokerId == described.Coordinator?.Id) is { } broker
            ? await new ConsumerSubscriptions(cluster, new GroupCoordinator(broker, connection, stop)).AddToAsync(view).ConfigureAwait(false)
            : view;
    }

    /// <summary>Of a kind that the client library does not know.</summary>
    private Task<GroupView?> FindAsync(string name, string type, BrokerMetadata broker)
    {
        var coordinator = new GroupCoordinator(broker, connection, stop);
        return type switch
        {
            ShareGroupView.Kind => new ShareGroupQueries(cluster, coordinator).FindAsync(name),
            StreamsGroupView.Kind => new StreamsGroupQueries(cluster, coordinator).FindAsync(name),
            _ => throw new CommandFailure($"The group {name} is a {type} group, and this program knows no such groups.", ""),
        };
    }

    /// <summary>The group with its position in every partition of the topics that it has committed for, or reads.</summary>
    public async Task<T> WithPositionsAsync<T>(T group) where T : GroupView
    {
        var committed = await CommittedAsync(group.Name).ConfigureAwait(false);
        var held = group.Members.SelectMany(member => member.Assigned.Select(partition => (partition, member))).ToLookup(p => p.partition, p => p.member);
        TopicPartition[] all = [.. cluster.WithSiblings([.. committed.Keys.Union(held.Select(p => p.Key))], group.Topics)];
        var positions = await LogOffsets.ReachesAsync(cluster, all).ConfigureAwait(false);
        return (T)(group with
        {
            Positions = [.. positions.Select(p => p with { Committed = committed.GetValueOrDefault(p.Partition), Holder = held[p.Partition].FirstOrDefault() })],
        });
    }

    /// <summary>The group with where it is in every partition of the topics that it has begun with, or whose members are subscribed to.</summary>
    public Task<ShareGroupView> WithStartsAsync(ShareGroupView group) => SharesOf(group).WithStartsAsync(group);

    public ShareGroupQueries SharesOf(ShareGroupView group) =>
        new(cluster, new GroupCoordinator(cluster.Brokers.First(broker => broker.BrokerId == group.CoordinatorId), connection, stop));

    /// <summary>For a share group that there is not yet.</summary>
    public async Task<ShareGroupQueries> OfNewShareGroupAsync(string name)
    {
        var any = cluster.Brokers[0];
        try
        {
            using var call = await BrokerCall.ConnectAsync(connection, any, stop).ConfigureAwait(false);
            var request = new FindCoordinatorRequest { KeyType = GroupKey, CoordinatorKeys = [name] };
            var found = await CoordinatorStart.AwaitAsync(
                async () => (await call.AskAsync<FindCoordinatorRequest, FindCoordinatorResponse>(request, FindVersion).ConfigureAwait(false)).Coordinators[0],
                answer => answer.ErrorCode,
                stop).ConfigureAwait(false);
            var coordinator = new GroupCoordinator(new BrokerMetadata(found.NodeId, found.Host, found.Port), connection, stop);
            coordinator.ThrowOnError(found.ErrorCode, found.ErrorMessage);
            return new ShareGroupQueries(cluster, coordinator);
        }
        catch (IOException e)
        {
            throw new CommandFailure($"The broker {BrokerAddresses.Of(any)} did not say who is to have the group {name}: {e.Message.TrimEnd('.')}.", "Nothing was changed. Try once more.");
        }
    }

    /// <summary>The committed offsets, null where there is none for the partition.</summary>
    public async Task<Dictionary<TopicPartition, long?>> CommittedAsync(string name)
    {
        string question = $"what the group {name} has committed";
        List<TopicPartitionOffsetError> found;
        try
        {
            var asked = new ConsumerGroupTopicPartitions(name, null);
            var listed = await cluster.AskAsync(question, admin => admin.ListConsumerGroupOffsetsAsync([asked])).ConfigureAwait(false);
            found = listed[0].Partitions;
        }
        catch (ListConsumerGroupOffsetsException e) when (e.Results[0].Error.IsError)
        {
            throw cluster.Explain(question, e.Results[0].Error);
        }
        catch (ListConsumerGroupOffsetsException e)
        {
            found = e.Results[0].Partitions;
        }

        return found.ToDictionary(p => p.TopicPartition, p => p.Offset.Value >= 0 ? p.Offset.Value : (long?)null);
    }

    /// <summary>The same group with the texts beside its offsets. Cannot be broken off.</summary>
    public T WithMetadata<T>(T group) where T : GroupView
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
            throw cluster.Explain($"which texts the group {group.Name} has committed", e.Error);
        }

        return (T)(group with { Positions = [.. group.Positions.Select(p => p with { Metadata = texts.GetValueOrDefault(p.Partition, "") })] });
    }
}
