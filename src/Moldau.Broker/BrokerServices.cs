using Moldau.Broker.Config;
using Moldau.Broker.Hosting;
using Moldau.Broker.Net;
using Moldau.Broker.Sharing;
using Moldau.Broker.Topics;

namespace Moldau.Broker;

/// <summary>The parts of one running broker that handlers are made from; put together by <see cref="RunningBroker"/>.</summary>
internal sealed class BrokerServices
{
    public required BrokerConfig Config { get; init; }

    public required ConnectionLimits Limits { get; init; }

    public required LoggerLevels Loggers { get; init; }

    /// <summary>UTC for times that are stored, its timestamp for timers.</summary>
    public required TimeProvider Time { get; init; }

    public required BrokerMetrics Metrics { get; init; }

    /// <summary>What large requests and answers may take, over all connections.</summary>
    public required MemoryBudget Memory { get; init; }

    /// <summary>The log directory, with the metadata and the partitions in it.</summary>
    public required BrokerStorage Storage { get; init; }

    /// <summary>The coordinators and what they wait with.</summary>
    public required BrokerCoordinators Coordinators { get; init; }

    public GroupHost Groups => Coordinators.Groups;

    public TransactionHost Transactions => Coordinators.Transactions;

    public ShareStateHost ShareState => Coordinators.ShareState;

    public BrokerSharing Sharing => Coordinators.Sharing;

    public Partitions Partitions => Storage.Partitions;

    public MetadataHost Metadata => Storage.Metadata;

    public string ClusterId => Storage.ClusterId;

    public int NodeId => Config.NodeId;
}
