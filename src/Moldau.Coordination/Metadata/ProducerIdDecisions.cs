using Moldau.Protocol.Messages;

namespace Moldau.Coordination.Metadata;

/// <summary>
/// A run of producer ids, given to a broker to hand out one by one. What a broker had left when it stopped is never used.
/// </summary>
internal readonly record struct ProducerIdBlock(long First, int Count)
{
    public long End => First + Count;
}

internal static class ProducerIdDecisions
{
    /// <summary>As large as Kafka's: so many producers start between two records in the log.</summary>
    public const int BlockSize = 1000;

    public static MetadataDecision<ProducerIdBlock> Allocate(ClusterImage image, BrokerImage broker)
    {
        var block = new ProducerIdBlock(image.NextProducerId, BlockSize);
        return new(block)
        {
            Records = [MetadataRecord.Of(new ProducerIdsRecord { BrokerId = broker.Id, BrokerEpoch = broker.Epoch, NextProducerId = block.End })],
        };
    }
}
