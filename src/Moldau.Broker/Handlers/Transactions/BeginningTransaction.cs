using Moldau.Coordination;
using Moldau.Log;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>
/// A partition in which a producer's transaction is to begin, and how many of that producer had ended there when its coordinator was asked: the append
/// must find as many, or the one that was let in is over.
/// </summary>
internal sealed class BeginningTransaction(PartitionLog log, long producerId)
{
    public TopicPartition Partition { get; } = new(log.Name.Topic, log.Name.Partition);

    public long Ended { get; private set; } = log.TransactionOf(producerId).Ended;

    /// <summary>Whether another has ended since; if so, that counts from now on.</summary>
    public bool TakeEnd()
    {
        long before = Ended;
        Ended = log.TransactionOf(producerId).Ended;
        return Ended != before;
    }
}
