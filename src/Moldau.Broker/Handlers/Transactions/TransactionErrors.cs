using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>The coordinator's errors as the requests of producers show them.</summary>
internal static class TransactionErrors
{
    /// <summary>What older producers know to be the end of them.</summary>
    public static ErrorCode OfProducer(ErrorCode error, short version, short knowsFencedSince) =>
        error == ErrorCode.ProducerFenced && version < knowsFencedSince ? ErrorCode.InvalidProducerEpoch : error;
}
