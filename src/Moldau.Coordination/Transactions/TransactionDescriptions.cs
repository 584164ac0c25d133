using Moldau.Protocol;
using Moldau.Protocol.Messages;
using Described = Moldau.Protocol.Messages.DescribeTransactionsResponse.TransactionState;
using Listed = Moldau.Protocol.Messages.ListTransactionsResponse.TransactionState;

namespace Moldau.Coordination.Transactions;

/// <summary>DescribeTransactions and ListTransactions, of one shard.</summary>
internal static class TransactionDescriptions
{
    public static Described Describe(string transactionalId, Transaction? stored)
    {
        if (stored is null) return Refusal(transactionalId, ErrorCode.TransactionalIdNotFound);
        var topics = from partition in stored.Partitions
                     group partition.Partition by partition.Topic into topic
                     orderby topic.Key
                     select new DescribeTransactionsResponse.TopicData { Topic = topic.Key, Partitions = [.. topic.Order()] };
        return new Described
        {
            TransactionalId = transactionalId,
            TransactionStateValue = stored.Status.ToString(),
            TransactionTimeoutMs = stored.TimeoutMs,
            TransactionStartTimeMs = stored.StartMs,
            ProducerId = stored.ProducerId,
            ProducerEpoch = stored.ProducerEpoch,
            Topics = [.. topics],
        };
    }

    public static Described Refusal(string transactionalId, ErrorCode error) => new()
    {
        ErrorCode = error,
        TransactionalId = transactionalId,
        TransactionStateValue = "",
    };

    public static TransactionList List(IEnumerable<KeyValuePair<string, Transaction>> all, TransactionFilter filter, long utcMs) => new(
    [
        .. from entry in all
           where Passes(entry.Key, entry.Value, filter, utcMs)
           select new Listed
           {
               TransactionalId = entry.Key,
               ProducerId = entry.Value.ProducerId,
               TransactionStateValue = entry.Value.Status.ToString(),
           },
    ]);

    private static bool Passes(string transactionalId, Transaction transaction, TransactionFilter filter, long utcMs)
    {
        if (filter.ProducerIds.Count > 0 && !filter.ProducerIds.Contains(transaction.ProducerId)) return false;
        if (filter.Statuses is { } statuses && !statuses.Contains(transaction.Status)) return false;
        // An id without a transaction has the start -1, and so began longer ago than anybody asks for, as in Kafka.
        if (filter.DurationMs >= 0 && utcMs - transaction.StartMs <= filter.DurationMs) return false;
        return filter.Matches(transactionalId);
    }
}
