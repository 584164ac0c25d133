using Moldau.Coordination.Transactions;
using Moldau.Protocol;
using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Tests.Transactions;

/// <summary>Decisions as scenarios show them.</summary>
internal static class TransactionScenarioTrace
{
    public static string Of(CoordinatorRecord record) => record switch
    {
        { Key: TransactionLogKey key, Value: TransactionLogValue value } =>
            $"record v{record.ValueVersion} {key.TransactionalId}: {Of(TransactionRecords.TransactionOf(value))}",
        { Key: TransactionLogKey key } => $"record {key.TransactionalId} is gone",
        _ => throw new ArgumentException($"Unexpected record {record}.", nameof(record)),
    };

    public static string Of(TimerChange change) => change.DeadlineMs is { } deadline
        ? $"timer {change.Key.Kind} {change.Key.Subject} at {deadline}"
        : $"timer {change.Key.Kind} {change.Key.Subject} off";

    public static string Of(WriteMarkers effect) =>
        $"effect {(effect.IsCommit ? "commit" : "abort")} markers of {effect.Producer.ProducerId}/{effect.Producer.Epoch} to [{Of(effect.Partitions)}]"
        + (effect.RaisesEpoch ? "" : " in the same epoch");

    public static string Of(object answer) => answer switch
    {
        InitProducerIdResponse init => init.ErrorCode == ErrorCode.None ? $"{init.ProducerId}/{init.ProducerEpoch}" : $"{init.ErrorCode}",
        EndTxnResponse end => end.ErrorCode == ErrorCode.None ? $"{end.ProducerId}/{end.ProducerEpoch}" : $"{end.ErrorCode}",
        PartitionsInTransaction added => added.Missing.Count == 0 ? $"{added.Error}" : $"{added.Error} but [{Of(added.Missing)}]",
        DescribeTransactionsResponse.TransactionState state => $"{state.ErrorCode} {state.TransactionStateValue} {state.ProducerId}/{state.ProducerEpoch} "
            + $"since {state.TransactionStartTimeMs} within {state.TransactionTimeoutMs} "
            + $"[{string.Join(" ", state.Topics.SelectMany(topic => topic.Partitions.Select(partition => $"{topic.Topic}-{partition}")))}]",
        TransactionList list => string.Join(", ", list.Transactions
            .OrderBy(listed => listed.TransactionalId, StringComparer.Ordinal)
            .Select(listed => $"{listed.TransactionalId} {listed.TransactionStateValue} {listed.ProducerId}")),
        _ => throw new ArgumentException($"Unexpected answer {answer}.", nameof(answer)),
    };

    private static string Of(Transaction transaction) =>
        $"{transaction.Status} {transaction.ProducerId}/{transaction.ProducerEpoch} before {transaction.PreviousProducerId}"
        + (transaction.NextProducerId < 0 ? "" : $" next {transaction.NextProducerId}")
        + $" level {transaction.ClientVersion} [{Of(transaction.Partitions)}] since {transaction.StartMs} at {transaction.UpdateMs} within {transaction.TimeoutMs}";

    private static string Of(IEnumerable<TopicPartition> partitions) =>
        string.Join(" ", partitions.Select(partition => $"{partition.Topic}-{partition.Partition}").Order(StringComparer.Ordinal));
}
