using Moldau.Coordination.Groups;
using Moldau.Protocol;

namespace Moldau.Broker.Handlers.Shares;

/// <summary>Tells whoever hears that it asked no leader, or under an old epoch, who leads now; then it need not ask for that too (KIP-951).</summary>
internal readonly struct ShareLeaders(BrokerServices services, RequestContext context)
{
    private const int Unknown = -1;

    public int NodeId => services.NodeId;

    public string Host => context.Advertised.Host;

    public int Port => context.Advertised.Port;

    public string? Rack => services.Config.Rack;

    /// <summary>Null where that is not the error; -1 for both where the partition is not there any more.</summary>
    public (int Id, int Epoch)? ToldWith(ErrorCode error, TopicIdPartition at)
    {
        if (error is not (ErrorCode.NotLeaderOrFollower or ErrorCode.FencedLeaderEpoch)) return null;
        bool isLed = services.Partitions.Find(at.Topic, at.Partition, out var partition) == ErrorCode.None;
        return isLed ? (NodeId, partition.LeaderEpoch) : (Unknown, Unknown);
    }
}
