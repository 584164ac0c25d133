using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Transactions;

/// <summary>The errors of coordinators as requests of transactions show them.</summary>
internal static class TransactionErrors
{
    /// <summary>What older producers know to be the end of them.</summary>
    public static ErrorCode OfProducer(ErrorCode error, short version, short knowsFencedSince) =>
        error == ErrorCode.ProducerFenced && version < knowsFencedSince ? ErrorCode.InvalidProducerEpoch : error;

    /// <summary>Whoever writes a marker asks the partition's leader, and does not know that the one of offsets has to ask the groups' coordinator.</summary>
    public static ErrorCode OfMarker(ErrorCode error) =>
        error is ErrorCode.CoordinatorNotAvailable or ErrorCode.CoordinatorLoadInProgress or ErrorCode.NotCoordinator ? ErrorCode.NotLeaderOrFollower : error;
}
