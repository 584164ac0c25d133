using Confluent.Kafka;
using Moldau.Cli.Clients;

namespace Moldau.Cli.Commands.Groups;

/// <summary>
/// What is to be said of transactions that are open in a group's partitions: whether it has come to them or is yet to. Which setting makes readers wait
/// for them depends on the kind of the group.
/// </summary>
internal static class TransactionReasons
{
    public static IEnumerable<GroupReason> Of(
        IEnumerable<GroupPosition> positions, string setting, IReadOnlyDictionary<TopicPartition, OpenTransaction> transactions, DateTimeOffset now) => positions
        .Where(position => position.HeldBack > 0)
        .GroupBy(position => (position.Topic, Transaction: transactions.GetValueOrDefault(position.Partition)))
        .Select(alike => Of(setting, alike.Key.Transaction, [.. alike], now));

    private static GroupReason Of(string setting, OpenTransaction? transaction, GroupPosition[] alike, DateTimeOffset now)
    {
        string topic = alike[0].Topic;
        int[] partitions = [.. alike.Select(p => p.Index)];
        long records = alike.Sum(p => p.HeldBack);
        string text = $"a transaction is open. Consumers with {setting}=read_committed read as far as its first record and wait there until it ends; "
            + $"{Counted.Of(records, "record")} {(records == 1 ? "stands" : "stand")} from there on. {Name(transaction, now)}";
        return new GroupReason("open-transaction", $"{topic}:{PartitionText.Of(partitions)}: {text.TrimEnd()}")
        {
            Topic = topic,
            Partitions = partitions,
            Records = records,
        };
    }

    private static string Name(OpenTransaction? transaction, DateTimeOffset now)
    {
        if (transaction is null)
        {
            return "";
        }

        string since = transaction.Since is { } begun ? $"; it began {GroupReasons.Since(begun, now)}" : "";
        return transaction.TransactionalId is { } id
            ? $"It is that of transactional.id {id} ({transaction.State}), producer {transaction.ProducerId}{since}."
            : $"It is that of producer {transaction.ProducerId}, which no coordinator knows: it will not end by itself, an admin must abort it{since}.";
    }
}
