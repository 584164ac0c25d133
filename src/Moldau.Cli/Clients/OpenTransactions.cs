using Confluent.Kafka;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using ErrorCode = Moldau.Protocol.ErrorCode;

namespace Moldau.Cli.Clients;

/// <summary>Finds the transactions that hold up partitions, and whose they are: the partitions' leaders know the one, coordinators the other.</summary>
internal sealed class OpenTransactions(Cluster cluster, Connection connection, CancellationToken stop)
{
    private const short Version = 0;

    /// <summary>Each may have an id of 32 KiB.</summary>
    private const int OwnersAtOnce = 1_000;

    /// <exception cref="CommandFailure">Not all coordinators answer, so that it cannot be said what none of them knows.</exception>
    public async Task<OpenTransactionListing> FindAsync(IEnumerable<TopicPartition> partitions)
    {
        var found = await OpenAsync(partitions).ConfigureAwait(false);
        if (found.Transactions.Count == 0)
        {
            return found;
        }

        var owners = await OwnersAsync(found.Transactions.Select(open => open.ProducerId)).ConfigureAwait(false);
        OpenTransaction[] owned = [.. found.Transactions.Select(open => open with { Owner = OwnerOf(open, owners) })];
        var hanging = owned.Where(open => open.IsHanging).Select(open => open.Partition).ToHashSet();
        if (hanging.Count == 0)
        {
            return found with { Transactions = owned };
        }

        // One that its coordinator has ended in between has looked the same.
        var still = await OpenAsync(hanging).ConfigureAwait(false);
        var stillOpen = still.Transactions.Select(open => open.Key).ToHashSet();
        return new OpenTransactionListing([.. owned.Where(open => !open.IsHanging || stillOpen.Contains(open.Key))], [.. found.Unread, .. still.Unread]);
    }

    private async Task<OpenTransactionListing> OpenAsync(IEnumerable<TopicPartition> partitions)
    {
        var said = await Task.WhenAll(partitions.GroupBy(cluster.LeaderOf).Select(led => OpenAsync(led.Key, [.. led]))).ConfigureAwait(false);
        return new OpenTransactionListing([.. said.SelectMany(s => s.Transactions)], [.. said.SelectMany(s => s.Unread)]);
    }

    private async Task<OpenTransactionListing> OpenAsync(BrokerMetadata? leader, TopicPartition[] partitions)
    {
        if (leader is null)
        {
            return new OpenTransactionListing([], [.. partitions.Select(p => new UnreadPartition(p, "no broker leads it"))]);
        }

        try
        {
            var (open, unread) = (new List<OpenTransaction>(), new List<UnreadPartition>());
            var tooLarge = await InParts.AskAsync(() => ConnectAsync(leader), partitions, async (call, part) =>
            {
                var answer = await call.AskAsync<DescribeProducersRequest, DescribeProducersResponse>(RequestFor(part), Version).ConfigureAwait(false);
                foreach (var (at, partition) in answer.Topics.SelectMany(t => t.Partitions.Select(p => (new TopicPartition(t.Name, p.PartitionIndex), p))))
                {
                    open.AddRange(partition.ActiveProducers.Where(p => p.CurrentTxnStartOffset >= 0).Select(p => Open(at, p)));
                    if (partition.ErrorCode != ErrorCode.None)
                    {
                        unread.Add(new UnreadPartition(at, $"the broker refuses to say ({partition.ErrorCode})"));
                    }
                }
            }).ConfigureAwait(false);
            unread.AddRange(tooLarge.Select(at => new UnreadPartition(at, "it has so many producers that the answer is larger than is read")));
            return new OpenTransactionListing(open, unread);
        }
        catch (IOException e)
        {
            string reason = $"its leader {BrokerAddresses.Of(leader)} does not answer: {e.Message.TrimEnd('.')}";
            return new OpenTransactionListing([], [.. partitions.Select(p => new UnreadPartition(p, reason))]);
        }
    }

    private async Task<BrokerCall> ConnectAsync(BrokerMetadata leader)
    {
        var call = await BrokerCall.ConnectAsync(connection, leader, stop).ConfigureAwait(false);
        await call.NewestAsync<DescribeProducersRequest>(Version).ConfigureAwait(false);
        return call;
    }

    private static DescribeProducersRequest RequestFor(IEnumerable<TopicPartition> partitions) => new()
    {
        Topics = [.. partitions.GroupBy(p => p.Topic).Select(topic => new DescribeProducersRequest.TopicRequest
        {
            Name = topic.Key,
            PartitionIndexes = [.. topic.Select(p => p.Partition.Value)],
        })],
    };

    private static OpenTransaction Open(TopicPartition partition, DescribeProducersResponse.ProducerState producer) => new(partition, producer.ProducerId)
    {
        ProducerEpoch = producer.ProducerEpoch,
        CoordinatorEpoch = producer.CoordinatorEpoch,
        StartOffset = producer.CurrentTxnStartOffset,
        LastRecord = producer.LastTimestamp >= 0 ? DateTimeOffset.FromUnixTimeMilliseconds(producer.LastTimestamp) : null,
    };

    /// <summary>By their producer ids.</summary>
    private async Task<ILookup<long, TransactionView>> OwnersAsync(IEnumerable<long> producerIds)
    {
        const string Unsure = "So it is not known whose the open transactions are, and whether any of them hangs.";
        int[] leaderless = [.. cluster.Topics.Where(t => t.Topic == TopicNames.TransactionState).SelectMany(t => t.Partitions).Where(p => p.Leader < 0).Select(p => p.PartitionId)];
        if (leaderless.Length > 0)
        {
            throw new CommandFailure($"No broker leads these partitions of {TopicNames.TransactionState}: {string.Join(", ", leaderless)}. {Unsure}", "Start the brokers that have them.");
        }

        var coordinators = new TransactionCoordinators(cluster, connection, stop);
        var owners = new List<TransactionView>();
        foreach (long[] part in producerIds.Distinct().Chunk(OwnersAtOnce))
        {
            var listing = await coordinators.ListAsync(new ListTransactionsRequest { ProducerIdFilters = [.. part] }).ConfigureAwait(false);
            if (!listing.IsWhole)
            {
                throw new CommandFailure([.. listing.Gaps, Unsure], "All brokers of the cluster must answer.");
            }

            owners.AddRange(listing.Transactions);
        }

        return owners.ToLookup(view => view.ProducerId);
    }

    /// <summary>An id that changes its coordinator may be told by both: whichever has the partition will end the transaction.</summary>
    private static TransactionView? OwnerOf(OpenTransaction open, ILookup<long, TransactionView> views)
    {
        var told = views[open.ProducerId].ToList();
        return told.Find(view => view.Partitions.Contains(open.Partition)) ?? told.MaxBy(view => view.IsOpen);
    }
}
