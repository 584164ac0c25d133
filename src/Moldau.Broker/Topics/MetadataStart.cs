using Moldau.Coordination.Metadata;
using Moldau.Log;
using Moldau.Protocol.Messages;

namespace Moldau.Broker.Topics;

/// <summary>
/// Brings the metadata of a log directory up to date at a start: replays it, begins a new quorum epoch, and registers the node, with the records
/// that Kafka writes. On a new directory it first writes what makes it one of Kafka's.
/// </summary>
internal sealed class MetadataStart(MetadataStore store, LogDirectory directory, NodeRegistration node, TimeProvider time)
{
    /// <summary>Leaves the broker registered and unfenced.</summary>
    /// <param name="firstUsers">Made with a new cluster only.</param>
    /// <param name="truncated">Partitions that recovery has cut: they get a new leader epoch.</param>
    public void Run(IReadOnlyList<UserScramCredentialRecord> firstUsers, IReadOnlyCollection<PartitionName> truncated)
    {
        MetadataCheck.NotLost(store.Log.EndOffset, directory.Partitions.Select(log => log.Name).Where(name => name != MetadataLog.Name).ToList());
        if (store.IsNew)
        {
            MetadataCheck.NoOtherVoters(ConfiguredVoters, node.NodeId);
            WriteFirstSnapshot(firstUsers);
        }
        store.Replay();
        if (store.State.Voters is null) MetadataCheck.NoOtherVoters(ConfiguredVoters, node.NodeId);
        MetadataCheck.OneNode(store.State, node.NodeId); // Before the first byte is written: what is refused is left as it is.
        BeginEpoch();
        store.Append(NodeDecisions.RegisterController(node));
        store.Append(NodeDecisions.RegisterBroker(node, store.Log.EndOffset));
        store.Append(NodeDecisions.ReportNoCordonedLogDirs(Broker));
        store.Append(NodeDecisions.Unfence(store.State.Image, Broker, truncated.Select(name => (name.Topic, name.Partition)).ToHashSet()));
        directory.BrokerEpoch = Broker.Epoch;
    }

    /// <summary><c>controller.quorum.voters</c>: it counts where the metadata names no voters.</summary>
    public IReadOnlyList<string> ConfiguredVoters { get; init; } = [];

    private BrokerImage Broker => store.State.Image.Brokers[node.NodeId];

    private void WriteFirstSnapshot(IReadOnlyList<UserScramCredentialRecord> firstUsers)
    {
        var voters = new VotersRecord
        {
            Voters = [new()
            {
                VoterId = node.NodeId,
                VoterDirectoryId = node.LogDirectoryId,
                Endpoints = [new() { Name = node.ControllerEndpoint.Name, Host = node.ControllerEndpoint.Host, Port = node.ControllerEndpoint.Port }],
                KRaftVersionFeature = new() { MinSupportedVersion = 0, MaxSupportedVersion = Features.KRaftVersionLevel },
            }],
        };
        long now = time.GetUtcNow().ToUnixTimeMilliseconds();
        QuorumRecord[] quorum =
        [
            QuorumRecord.SnapshotHeader(now),
            QuorumRecord.KRaftVersion(Features.KRaftVersionLevel),
            QuorumRecord.Voters(voters),
        ];
        store.Snapshots.Write(default, quorum, NodeDecisions.Bootstrap(firstUsers), now);
    }

    private void BeginEpoch()
    {
        // Where quorum-state is lost the log knows the last epoch, and where a snapshot has taken all of it in, that one's name.
        int written = Math.Max(store.Log.Latest.Epoch, store.Snapshots.Newest()?.Epoch ?? 0);
        int epoch = Math.Max(store.Quorum.ReadEpoch(), written) + 1;
        store.Quorum.Write(epoch, node.NodeId);
        directory.BeginQuorumEpoch(epoch);
        store.Log.BeginEpoch(epoch);
        var quorum = store.Log.EndOffset > 0 ? [] : store.State.VersionAndVoters;
        store.Log.Append([QuorumRecord.LeaderChange(node.NodeId), .. quorum]);
        store.Append(NodeDecisions.AbortOpenTransaction(store.State.Image));
        // Done again if the first start ended before it came to the registration: saying the same twice changes nothing.
        if (store.State.Image.Controllers.IsEmpty) store.Append(NodeDecisions.FirstStart([.. ClusterSnapshot.Records(store.State.Image)]));
    }
}
