using Confluent.Kafka;
using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using ErrorCode = Moldau.Protocol.ErrorCode;

namespace Moldau.Cli.Clients;

/// <summary>Finds the transactions that hold up partitions, and whose they are: the partitions' leaders know the one, coordinators the other.</summary>
internal sealed class OpenTransactions(Cluster cluster, Connection connection, CancellationToken stop)
{
    private const short Version = 0;

    /// <summary>So many partitions go into one request.</summary>
    private const int AskedAtOnce = 500;

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
        return new OpenTransactionListing(
            [.. owned.Where(open => !open.IsHanging || still.Transactions.Any(open.IsSame))], [.. found.Unread, .. still.Unread]);
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
            using var broker = await BrokerCall.ConnectAsync(connection, leader.Host, leader.Port, stop).ConfigureAwait(false);
            await broker.NewestAsync<DescribeProducersRequest>(Version).ConfigureAwait(false);
            var (open, unread) = (new List<OpenTransaction>(), new List<UnreadPartition>());
            foreach (var asked in partitions.Chunk(AskedAtOnce))
            {
                var answer = await broker.AskAsync<DescribeProducersRequest, DescribeProducersResponse>(RequestFor(asked), Version).ConfigureAwait(false);
                foreach (var (at, partition) in answer.Topics.SelectMany(t => t.Partitions.Select(p => (new TopicPartition(t.Name, p.PartitionIndex), p))))
                {
                    open.AddRange(partition.ActiveProducers.Where(p => p.CurrentTxnStartOffset >= 0).Select(p => Open(at, p)));
                    if (partition.ErrorCode != ErrorCode.None)
                    {
                        unread.Add(new UnreadPartition(at, $"the broker refuses to say ({partition.ErrorCode})"));
                    }
                }
            }

            return new OpenTransactionListing(open, unread);
        }
        catch (IOException e)
        {
            string reason = $"its leader {BrokerAddresses.Of(leader)} does not answer: {e.Message.TrimEnd('.')}";
            return new OpenTransactionListing([], [.. partitions.Select(p => new UnreadPartition(p, reason))]);
        }
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

        var request = new ListTransactionsRequest { ProducerIdFilters = [.. producerIds.Distinct()] };
        var listing = await new TransactionCoordinators(cluster, connection, stop).ListAsync(request).ConfigureAwait(false);
        if (!listing.IsWhole)
        {
            throw new CommandFailure($"{listing.Gaps} {Unsure}", "All brokers of the cluster must answer.");
        }

        return listing.Transactions.ToLookup(view => view.ProducerId);
    }

    /// <summary>An id that changes its coordinator may be told by both: whichever has the partition will end the transaction.</summary>
    private static TransactionView? OwnerOf(OpenTransaction open, ILookup<long, TransactionView> views)
    {
        var told = views[open.ProducerId].ToList();
        return told.Find(view => view.Partitions.Contains(open.Partition)) ?? told.MaxBy(view => view.IsOpen);
    }
}
