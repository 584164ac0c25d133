using Moldau.Broker.Hosting;
using Moldau.Broker.Topics;
using Moldau.Coordination;
using Moldau.Coordination.Transactions;
using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>What a write of a transaction asks of its coordinator, by the version of the request that brings it (KIP-890).</summary>
internal enum VerificationRule
{
    /// <summary>Whether the partition is in the transaction. Clients of this version know neither the error nor that they must wait.</summary>
    VerifyForOldClient,

    /// <summary>Whether the partition is in the transaction.</summary>
    Verify,

    /// <summary>To add the partition to the transaction.</summary>
    Add,
}

/// <summary>Whether a transaction is open in a partition, or an error that forbids to begin it there.</summary>
/// <remarks>How many had ended in the partition's log when that was asked, the append has to know.</remarks>
internal readonly record struct VerifiedTransaction(ErrorCode Error, long? TransactionsEnded);

/// <summary>
/// Lets no batch begin a transaction in a partition of which the coordinator does not know: nobody would end it. Where the log has it open
/// already, nobody is asked.
/// </summary>
internal sealed class TransactionVerifier(BrokerServices services)
{
    private readonly TransactionHost _transactions = services.Transactions;
    private readonly Partitions _partitions = services.Partitions;

    public async ValueTask<VerifiedTransaction> VerifyAsync(
        string transactionalId, TransactionalProducer producer, TopicPartition at, VerificationRule rule)
    {
        var error = _partitions.Find(at.Topic, at.Partition, out var partition);
        if (error != ErrorCode.None) return new VerifiedTransaction(error, null);
        var beginning = new BeginningTransaction(partition.Log, producer.ProducerId);
        var known = partition.Log.TransactionOf(producer.ProducerId);
        if (producer.Epoch < known.Epoch) error = ErrorCode.InvalidProducerEpoch; // Fenced already, whatever its coordinator says.
        else if (!known.IsOpenUnder(producer.Epoch))
            error = (await AskAsync(transactionalId, producer, [beginning], rule).ConfigureAwait(false)).ErrorOf(at);
        return new VerifiedTransaction(Shown(error, rule), beginning.Ended);
    }

    /// <summary>
    /// The coordinator's answer. While it was asked, the marker of the transaction before may have come into a partition: it lets the next begin as soon
    /// as all markers are there. That marker is none of the next one, so the question is put once more, behind it.
    /// </summary>
    public async ValueTask<PartitionsInTransaction> AskAsync(
        string transactionalId, TransactionalProducer producer, IReadOnlyCollection<BeginningTransaction> beginnings, VerificationRule rule)
    {
        TopicPartition[] partitions = [.. beginnings.Select(beginning => beginning.Partition).Distinct()];
        var answer = await AskAsync(transactionalId, producer, partitions, rule).ConfigureAwait(false);
        if (rule != VerificationRule.Add || answer.Error != ErrorCode.None) return answer;
        bool hasAnyEnded = false;
        foreach (var beginning in beginnings) hasAnyEnded |= beginning.TakeEnd();
        if (!hasAnyEnded) return answer;
        return await AskAsync(transactionalId, producer, partitions, rule).ConfigureAwait(false);
    }

    /// <summary>While the markers of the transaction before are written, a client that may wait does so here for a while.</summary>
    private async ValueTask<PartitionsInTransaction> AskAsync(
        string transactionalId, TransactionalProducer producer, TopicPartition[] partitions, VerificationRule rule)
    {
        if (transactionalId.Length == 0) return new PartitionsInTransaction(ErrorCode.InvalidRequest);
        var config = services.Storage.LiveConfig.Of(services.Metadata.Image).Transactions;
        if (rule != VerificationRule.Add && !config.VerifiesPartitions) return new PartitionsInTransaction(ErrorCode.None);
        var request = new AddPartitions(transactionalId, producer, partitions)
        {
            OnlyVerifies = rule != VerificationRule.Add,
            ClientVersion = TransactionVersions.EpochBump,
        };
        var answer = await AskAsync(request).ConfigureAwait(false);
        bool MayWait() => answer.Error == ErrorCode.ConcurrentTransactions && rule == VerificationRule.Add;
        if (!MayWait()) return answer;
        TimeSpan pause = TimeSpan.FromMilliseconds(config.AddRetryMs), longest = TimeSpan.FromMilliseconds(config.AddRetryMsMax);
        for (long since = services.Time.GetTimestamp(); MayWait() && services.Time.GetElapsedTime(since) < longest;)
        {
            var end = _transactions.Ends.NextOf(transactionalId);
            answer = await AskAsync(request).ConfigureAwait(false); // It may have come before it was waited for.
            if (MayWait()) await end.WaitAsync(pause, services.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            _transactions.Ends.Forget(transactionalId, end);
        }
        return answer;
    }

    private ValueTask<PartitionsInTransaction> AskAsync(AddPartitions request) => _transactions.AskAsync(
        request.TransactionalId, request, error => new PartitionsInTransaction(error), absent: ErrorCode.CoordinatorNotAvailable);

    /// <summary>The error as the client's version knows it.</summary>
    public static ErrorCode Shown(ErrorCode error, VerificationRule rule) => error switch
    {
        ErrorCode.ProducerFenced => ErrorCode.InvalidProducerEpoch,
        ErrorCode.TransactionAbortable when rule == VerificationRule.VerifyForOldClient => ErrorCode.InvalidTxnState,
        _ => error,
    };
}
