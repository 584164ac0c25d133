using Confluent.Kafka;
using Moldau.Cli.Clients;
using Moldau.Cli.Commands.Transactions;

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
        .GroupBy(position => (position.Topic, Producer: KeyOf(transactions.GetValueOrDefault(position.Partition))))
        .Select(alike => Of(setting, transactions.GetValueOrDefault(alike.First().Partition), [.. alike], now));

    private static (long ProducerId, bool IsHanging)? KeyOf(OpenTransaction? transaction) =>
        transaction is null ? null : (transaction.ProducerId, transaction.IsHanging);

    private static GroupReason Of(string setting, OpenTransaction? transaction, GroupPosition[] alike, DateTimeOffset now)
    {
        string topic = alike[0].Topic;
        int[] partitions = [.. alike.Select(p => p.Index)];
        long records = alike.Sum(p => p.HeldBack);
        string text = $"a transaction is open. Consumers with {setting}=read_committed read as far as its first record and wait there until it ends; "
            + $"{Counted.Of(records, "record")} {(records == 1 ? "stands" : "stand")} from there on. {Name(topic, partitions, transaction, now)}";
        return new GroupReason("open-transaction", $"{topic}:{PartitionText.Of(partitions)}: {text.TrimEnd()}")
        {
            Topic = topic,
            Partitions = partitions,
            Records = records,
            Transaction = transaction,
        };
    }

    private static string Name(string topic, int[] partitions, OpenTransaction? transaction, DateTimeOffset now) => transaction switch
    {
        null => "",
        { IsHanging: false, Owner: { } owner } => $"It is that of transactional.id {owner.Id} ({owner.State}), producer {owner.ProducerId}{Since("it began", owner.Began, now)}. "
            + (owner.IsUndecided ? $"`{TransactionIds.Describe(owner.Id)}` shows it, `{TransactionIds.Abort(owner.Id)}` aborts it." : "Its end is decided, and is being written."),
        { Owner: var owner } => $"It is that of producer {transaction.ProducerId}{(owner is null ? "" : $" (transactional.id {owner.Id})")}"
            + $"{Since("its last record is of", transaction.LastRecord, now)}. No coordinator knows of it: it will not end by itself, an admin must abort it. "
            + $"`{HangingCommand.Find(topic, partitions)}` shows how.",
    };

    private static string Since(string what, DateTimeOffset? time, DateTimeOffset now) => time is { } known ? $"; {what} {TimeText.Since(known, now)}" : "";
}
