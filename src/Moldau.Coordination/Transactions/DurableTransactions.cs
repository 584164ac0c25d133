using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Transactions;

/// <summary>The durable half of the state: what the last record of each transactional id says. Only records change it.</summary>
internal sealed class DurableTransactions
{
    private readonly Dictionary<string, Transaction> _transactions = [];

    public IReadOnlyDictionary<string, Transaction> All => _transactions;

    public Transaction? Find(string transactionalId) => _transactions.GetValueOrDefault(transactionalId);

    public void Apply(CoordinatorRecord record)
    {
        if (record.Key is not TransactionLogKey key) return;
        if (record.Value is TransactionLogValue value) _transactions[key.TransactionalId] = TransactionRecords.TransactionOf(value);
        else _transactions.Remove(key.TransactionalId);
    }
}
