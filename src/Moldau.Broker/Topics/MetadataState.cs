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
    /// Whether the log says since the snapshot what Kafka replays wrongly: with the removal of a SCRAM user it may lose all users of the
    /// mechanism, and settings of a removed topic it may give to the next one of the name. A snapshot behind it says the truth.
    /// </summary>
    public bool NeedsSnapshotForKafka { get; private set; }

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
        if (record.Body is RemoveTopicRecord removed)
        {
            _removedTopics.Add(removed.TopicId);
            NeedsSnapshotForKafka |= HasSettings(removed.TopicId);
        }
        if (record.Body is RemoveUserScramCredentialRecord) NeedsSnapshotForKafka = true;
        _builder.Apply(record);
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
        NeedsSnapshotForKafka = false;
    }

    /// <summary>The control records that a snapshot of this state begins with.</summary>
    public IEnumerable<QuorumRecord> QuorumRecords(long lastTimestampMs) =>
    [
        QuorumRecord.SnapshotHeader(lastTimestampMs),
        .. VersionAndVoters,
    ];

    /// <summary>Which version of the quorum and which voters. Where these are those of the configuration, the metadata names neither.</summary>
    public IEnumerable<QuorumRecord> VersionAndVoters => Voters is null ? [] : [QuorumRecord.KRaftVersion(KRaftVersion), QuorumRecord.Voters(Voters)];

    private bool HasSettings(Guid topicId)
    {
        var image = Image;
        return image.Topics.ById.TryGetValue(topicId, out var topic) && image.Configs.ContainsKey(ConfigResource.Topic(topic.Name));
    }
}
