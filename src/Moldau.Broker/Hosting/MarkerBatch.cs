using Moldau.Coordination;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Hosting;

/// <summary>The control batch that ends a transaction in one partition.</summary>
internal static class MarkerBatch
{
    /// <remarks>Where the topic stamps the time of the append, the batch has that too.</remarks>
    public static BatchBuilder Of(TransactionalProducer producer, TransactionEnd end, long utcMs, long? logAppendTimeMs = null)
    {
        var batch = new BatchBuilder(new BatchOptions
        {
            ProducerId = producer.ProducerId,
            ProducerEpoch = producer.Epoch,
            Kind = BatchAttributes.Transactional | BatchAttributes.Control,
            LogAppendTimeMs = logAppendTimeMs,
        });
        var type = end.IsCommit ? ControlRecordType.Commit : ControlRecordType.Abort;
        return batch.Append(utcMs, ControlRecord.Key(type), ControlRecord.MarkerValue(end.CoordinatorEpoch));
    }
}
