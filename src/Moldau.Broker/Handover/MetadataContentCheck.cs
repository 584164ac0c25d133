using Moldau.Coordination.Metadata;
using Moldau.Protocol;

namespace Moldau.Broker.Handover;

/// <summary>Checks what the metadata says against what Apache Kafka 4.4 can do and against the node and directory that it would start as.</summary>
internal sealed class MetadataContentCheck(CheckContext context, MetadataView view)
{
    private const string SnapshotRemedy = "Run `moldau handover DIR`, which writes a snapshot in place of the removal.";
    private const string VoterRemedy = "Bring meta.properties back from a copy: it is not the one that this metadata was written under.";

    private static readonly KafkaAct NoFeature = new("ControllerFeatures", "does not know the level: the broker does not start");
    private static readonly KafkaAct NoMetadataVersion = new("MetadataVersion", "does not start: there is no level to read the metadata by");
    private static readonly KafkaAct NotVoter = new("KafkaRaftClient", "is no voter of its quorum: it waits for a leader that never comes");
    private static readonly KafkaAct OtherVoters = new("KafkaRaftClient", "needs the other voters: alone it finds no majority");
    private static readonly KafkaAct OtherDirectory = new("ReplicationControlManager", "takes the partitions that are assigned to another directory for lost: they get no leader");
    private static readonly KafkaAct LosesUsers = new("ScramDelta", "may lose all users of the mechanism when it replays a removal");

    private static readonly KafkaAct RefusesName = new("ScramMessages", "refuses the user's login");
    private static readonly KafkaAct KeepsSettings = new("ConfigurationsDelta", "may keep settings of a removed topic when it replays the removal: the next topic of the name has them");

    private static readonly Guid Unassigned = new("00000000-0000-0000-0000-000000000001");

    private readonly FileFindings _findings = context.Of(MetadataLogCheck.Folder);

    public void Run()
    {
        CheckFeatures();
        CheckVoters();
        CheckDirectory();
        foreach (sbyte mechanism in view.ScramRemovals.Where(removal => view.ScramUsers.Any(user => user.Mechanism == removal)))
        {
            _findings.Noted(LosesUsers, $"The log removes a user of {NameOf(mechanism)} behind the latest snapshot.", SnapshotRemedy);
        }
        CheckSettingsLeftBehind();
        CheckNamesOfUsers();
    }

    private void CheckNamesOfUsers()
    {
        foreach (string name in view.ScramUsers.Select(user => user.Name).Distinct().Where(name => name.Any(letter => letter is '\0' or > '\x7f')).Order(StringComparer.Ordinal))
        {
            _findings.Noted(RefusesName, $"The user {name} has other characters in his name than ASCII.", "Make him under another name: `moldau user add NAME`.");
        }
    }

    private void CheckSettingsLeftBehind()
    {
        foreach (var (topic, settings) in view.SettingsLeftBehind)
        {
            string removal = $"The log removes a topic {topic} with {string.Join(", ", settings)} behind the latest snapshot";
            if (view.TopicIds.ContainsKey(topic)) _findings.Lost(KeepsSettings, $"{removal}, and makes another one of that name without.", SnapshotRemedy);
            else _findings.Noted(KeepsSettings, $"{removal}.", SnapshotRemedy);
        }
    }

    private void CheckFeatures()
    {
        if (!view.Features.ContainsKey(Features.MetadataVersion))
        {
            _findings.Refused(NoMetadataVersion, $"The metadata names no level of {Features.MetadataVersion}.", Remedies.Restore);
        }
        foreach (var (name, level) in view.Features)
        {
            var known = Features.Supported.FirstOrDefault(feature => feature.Name == name);
            if (known.Name is null) _findings.Refused(NoFeature, $"The metadata has the feature {name} at level {level}, which Kafka 4.4 does not know.", Remedies.Restore);
            else if (level < known.Min || level > known.Max) _findings.Refused(NoFeature, $"The metadata has {name} at level {level}; Kafka 4.4 knows {known.Min} to {known.Max}.", "Run the version that wrote it.");
        }
        if (view.KRaftVersion is < 0 or > Features.KRaftVersionLevel)
        {
            _findings.Refused(NoFeature with { Class = "KRaftVersion" }, $"The metadata has {Features.KRaftVersion} at level {view.KRaftVersion}; Kafka 4.4 knows 0 to {Features.KRaftVersionLevel}.", "Run the version that wrote it.");
        }
    }

    private void CheckVoters()
    {
        if (view.Voters is not { } record || context.Identity is not { } identity) return;
        if (record.Voters.Find(voter => voter.VoterId == identity.NodeId) is not { } self)
        {
            _findings.Refused(NotVoter, $"The voters are {string.Join(", ", record.Voters.Select(voter => voter.VoterId))}, and meta.properties says node {identity.NodeId}.", VoterRemedy);
        }
        else if (identity.DirectoryId is { } id && self.VoterDirectoryId != id)
        {
            _findings.Refused(NotVoter, $"The voter {self.VoterId} has the directory {KafkaUuid.ToText(self.VoterDirectoryId)}, and meta.properties says {KafkaUuid.ToText(id)}.", VoterRemedy);
        }
        else if (record.Voters.Count > 1)
        {
            _findings.Noted(OtherVoters, $"The quorum has {record.Voters.Count} voters.", "Start the other nodes too.");
        }
    }

    /// <summary>Partitions are assigned to a directory by its id.</summary>
    private void CheckDirectory()
    {
        if (context.Identity is not { DirectoryId: { } own, NodeId: int node }) return;
        foreach (var topic in view.Topics.Values)
        {
            foreach (var (index, partition) in topic.Partitions)
            {
                int at = partition.Replicas.ToList().IndexOf(node);
                if (at < 0 || at >= partition.Directories.Count || partition.Directories[at] == own || IsOpen(partition.Directories[at])) continue;
                _findings.Lost(OtherDirectory, $"Partition {topic.Name}-{index} is assigned to the directory {KafkaUuid.ToText(partition.Directories[at])}, and this one is {KafkaUuid.ToText(own)}.", VoterRemedy);
                return; // The others will say the same.
            }
        }
    }

    /// <summary>Kafka's two ids for a directory that is still to be told: it takes such a partition for one in good order.</summary>
    private static bool IsOpen(Guid directory) => directory == Guid.Empty || directory == Unassigned;

    private static string NameOf(sbyte mechanism) => (ScramMechanism)mechanism switch
    {
        ScramMechanism.Sha256 => "SCRAM-SHA-256",
        ScramMechanism.Sha512 => "SCRAM-SHA-512",
        _ => $"SCRAM mechanism {mechanism}",
    };
}
