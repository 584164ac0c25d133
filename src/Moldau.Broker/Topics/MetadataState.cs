using Moldau.Coordination.Metadata;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Topics;

/// <summary>What a replay of snapshot and log comes to: the image, and what the control records say of the quorum.</summary>
internal sealed class MetadataState
{
    private readonly HashSet<Guid> _removedTopics = [];
    private readonly ClusterImageBuilder _builder = new(ClusterImage.Empty);

    /// <summary>Topics that were made and removed since the snapshot: what is left of them on disk may go.</summary>
    public IReadOnlySet<Guid> RemovedTopics => _removedTopics;

    /// <summary>
    /// Kafka replays a removal of a SCRAM user so that it loses all users of the mechanism; a snapshot behind it says the truth.
    /// </summary>
    public bool HasScramRemoval { get; private set; }

    public VotersRecord? Voters { get; private set; }

    /// <summary>0 where no control record names one: voters are then those of the configuration.</summary>
    public short KRaftVersion { get; private set; }

    public ClusterImage Image => _builder.Build();

    public void Apply(IEnumerable<MetadataRecord> records)
    {
        foreach (var record in records) Apply(record);
    }

    public void Apply(MetadataRecord record)
    {
        _builder.Apply(record);
        if (record.Body is RemoveTopicRecord removed) _removedTopics.Add(removed.TopicId);
        if (record.Body is RemoveUserScramCredentialRecord) HasScramRemoval = true;
    }

    public void Apply(QuorumRecord record)
    {
        if (record.Type == ControlRecordType.KRaftVersion) KRaftVersion = ((KRaftVersionRecord)record.Body).KRaftVersion;
        if (record.Type == ControlRecordType.KRaftVoters) Voters = (VotersRecord)record.Body;
    }

    /// <summary>A snapshot says all of this state now: what was only in the log before it does not count any more.</summary>
    public void Snapshotted()
    {
        _removedTopics.Clear();
        HasScramRemoval = false;
    }

    /// <summary>The control records that a snapshot of this state begins with.</summary>
    public IEnumerable<QuorumRecord> QuorumRecords(long lastTimestampMs) =>
    [
        QuorumRecord.SnapshotHeader(lastTimestampMs),
        QuorumRecord.KRaftVersion(KRaftVersion),
        .. Voters is { } voters ? [QuorumRecord.Voters(voters)] : Array.Empty<QuorumRecord>(),
    ];
}
