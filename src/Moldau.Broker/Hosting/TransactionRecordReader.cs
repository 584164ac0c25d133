using Microsoft.Extensions.Logging;
using Moldau.Coordination;
using Moldau.Coordination.Metadata;
using Moldau.Coordination.Transactions;

namespace Moldau.Broker.Hosting;

/// <summary>Reads the records of <c>__transaction_state</c>, and says once that there are some which it passes over, as Kafka does.</summary>
internal sealed class TransactionRecordReader(ILogger logger)
{
    private int _hasToldOfUnknown;

    public CoordinatorRecord? Read(ReadOnlyMemory<byte> key, ReadOnlyMemory<byte>? value)
    {
        var record = TransactionRecords.Read(key, value);
        if (record is null && Interlocked.Exchange(ref _hasToldOfUnknown, 1) == 0) logger.UnknownCoordinatorRecords(TopicNames.TransactionState);
        return record;
    }
}
