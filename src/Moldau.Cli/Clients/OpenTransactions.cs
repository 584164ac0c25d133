using Confluent.Kafka;
using Moldau.Protocol.Messages;

namespace Moldau.Cli.Clients;

/// <summary>Finds the transactions that hold up partitions: whose they are, and since when. The client library cannot ask for that.</summary>
internal sealed class OpenTransactions(Cluster cluster, Connection connection, CancellationToken stop)
{
    /// <summary>More partitions than these are not asked about; their transactions are seldom other ones.</summary>
    private const int PartitionsMax = 100;

    private const short Version = 0;

    /// <exception cref="IOException">A broker does not answer, or knows no such request.</exception>
    public async Task<Dictionary<TopicPartition, OpenTransaction>> FindAsync(IEnumerable<TopicPartition> partitions)
    {
        var found = new Dictionary<TopicPartition, OpenTransaction>();
        foreach (var led in partitions.Take(PartitionsMax).GroupBy(cluster.LeaderOf).Where(led => led.Key is not null))
        {
            foreach (var (partition, transaction) in await ProducersAsync(led.Key!, led).ConfigureAwait(false))
            {
                found.Add(partition, transaction);
            }
        }

        return found.Count == 0 ? found : await NamedAsync(found).ConfigureAwait(false);
    }

    /// <summary>Of each partition the producer whose transaction is open for the longest: it is what readers wait for.</summary>
    private async Task<List<(TopicPartition Partition, OpenTransaction Transaction)>> ProducersAsync(BrokerMetadata leader, IEnumerable<TopicPartition> partitions)
    {
        var request = new DescribeProducersRequest
        {
            Topics = [.. partitions.GroupBy(p => p.Topic).Select(topic => new DescribeProducersRequest.TopicRequest
            {
                Name = topic.Key,
                PartitionIndexes = [.. topic.Select(p => p.Partition.Value)],
            })],
        };
        using var broker = await BrokerCall.ConnectAsync(connection, leader.Host, leader.Port, stop).ConfigureAwait(false);
        var answer = await broker.AskAsync<DescribeProducersRequest, DescribeProducersResponse>(request, Version).ConfigureAwait(false);
        var first =
            from topic in answer.Topics
            from partition in topic.Partitions
            let open = partition.ActiveProducers.Where(p => p.CurrentTxnStartOffset >= 0).MinBy(p => p.CurrentTxnStartOffset)
            where open is not null
            select (new TopicPartition(topic.Name, partition.PartitionIndex), new OpenTransaction(open.ProducerId) { Since = At(open.LastTimestamp) });
        return [.. first];
    }

    /// <summary>The coordinators are asked whose producers these are: any broker may be one.</summary>
    private async Task<Dictionary<TopicPartition, OpenTransaction>> NamedAsync(Dictionary<TopicPartition, OpenTransaction> found)
    {
        var named = new Dictionary<long, OpenTransaction>();
        var list = new ListTransactionsRequest { ProducerIdFilters = [.. found.Values.Select(t => t.ProducerId).Distinct()] };
        foreach (var coordinator in cluster.Brokers)
        {
            using var broker = await BrokerCall.ConnectAsync(connection, coordinator.Host, coordinator.Port, stop).ConfigureAwait(false);
            var listed = await broker.AskAsync<ListTransactionsRequest, ListTransactionsResponse>(list, Version).ConfigureAwait(false);
            var describe = new DescribeTransactionsRequest { TransactionalIds = [.. listed.TransactionStates.Select(t => t.TransactionalId)] };
            if (describe.TransactionalIds.Count == 0)
            {
                continue;
            }

            var described = await broker.AskAsync<DescribeTransactionsRequest, DescribeTransactionsResponse>(describe, Version).ConfigureAwait(false);
            foreach (var state in described.TransactionStates)
            {
                named[state.ProducerId] = new OpenTransaction(state.ProducerId)
                {
                    TransactionalId = state.TransactionalId,
                    State = state.TransactionStateValue,
                    Since = At(state.TransactionStartTimeMs),
                };
            }
        }

        return found.ToDictionary(f => f.Key, f => named.GetValueOrDefault(f.Value.ProducerId, f.Value));
    }

    private static DateTimeOffset? At(long ms) => ms > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(ms) : null;
}
