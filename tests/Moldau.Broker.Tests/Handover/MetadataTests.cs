using Moldau.Broker.Handover;
using Moldau.Broker.Topics;
using Moldau.Coordination.Metadata;
using Moldau.Log.Files;
using Moldau.Protocol.Messages;
using Moldau.Protocol.Records;

namespace Moldau.Broker.Tests.Handover;

/// <summary>Breaks of the metadata: its log, its snapshots, the state of its quorum, and what it says.</summary>
public sealed class MetadataTests
{
    private const string Log = BrokenDirectory.Metadata + "/" + BrokenDirectory.FirstLog;
    private const string QuorumState = BrokenDirectory.Metadata + "/quorum-state";
    private const string FirstSnapshot = BrokenDirectory.Metadata + "/00000000000000000000-0000000000.checkpoint";

    private readonly BrokenDirectory _directory = new();

    [Fact]
    public void A_missing_metadata_log_is_found()
    {
        using var directory = _directory;
        Directory.Delete(directory.PathOf(BrokenDirectory.Metadata), recursive: true);
        directory.AssertFinds(Outcome.Lost, "KafkaRaftLog", BrokenDirectory.Metadata);
    }

    [Fact]
    public void The_metadata_log_is_recovered_even_after_a_clean_stop_and_cut_at_a_bad_batch()
    {
        using var directory = _directory;
        directory.Patch(Log, 20_000, 0x55, 0x55);
        directory.AssertFinds(Outcome.Lost, "LogLoader", Log, "Good batches follow");
    }

    [Fact]
    public void A_torn_end_of_the_metadata_log_is_cut_off()
    {
        using var directory = _directory;
        directory.Append(Log, 0, 0, 0, 0, 0, 0, 2, 0x4a, 0, 0, 1);
        directory.AssertFinds(Outcome.Repaired, "LogSegment", Log);
    }

    [Fact]
    public void The_id_of_another_topic_is_refused()
    {
        using var directory = _directory;
        File.Copy(directory.PathOf("keyed-0", "partition.metadata"), directory.PathOf(BrokenDirectory.Metadata, "partition.metadata"), overwrite: true);
        directory.AssertFinds(Outcome.Refused, "UnifiedLog", BrokenDirectory.Metadata + "/partition.metadata");
    }

    [Theory]
    [InlineData("metadata.version", 34, "ControllerFeatures")]
    [InlineData("metadata.version", 0, "MetadataVersion")]
    [InlineData("share.version", 9, "ControllerFeatures")]
    [InlineData("teleport.version", 1, "ControllerFeatures")]
    public void A_feature_that_Kafka_does_not_know_is_refused(string name, short level, string kafkaClass)
    {
        using var directory = _directory;
        directory.AppendMetadata(MetadataRecord.Of(new FeatureLevelRecord { Name = name, FeatureLevel = level }));
        directory.AssertFinds(Outcome.Refused, kafkaClass, BrokenDirectory.Metadata, name);
    }

    [Fact]
    public void A_record_that_does_not_fit_is_refused()
    {
        using var directory = _directory;
        directory.AppendMetadata(MetadataRecord.Of(new RemoveTopicRecord { TopicId = new Guid("11111111-2222-3333-4444-555555555555") }));
        directory.AssertFinds(Outcome.Refused, "QuorumController", BrokenDirectory.Metadata, "no such topic");
    }

    [Fact]
    public void Records_of_a_transaction_that_never_ended_do_not_count()
    {
        using var directory = _directory;
        directory.AppendMetadata(
            MetadataRecord.Of(new BeginTransactionRecord { Name = "t" }),
            MetadataRecord.Of(new FeatureLevelRecord { Name = "teleport.version", FeatureLevel = 1 }));
        Assert.DoesNotContain(directory.Check(), finding => finding.Fails);
    }

    [Fact]
    public void A_record_of_an_unknown_type_is_refused()
    {
        using var directory = _directory;
        using var batch = new BatchBuilder(new BatchOptions { BaseOffset = 586, LeaderEpoch = 1 });
        directory.Append(Log, batch.Append(1, null, [1, 120, 0]).Build().ToArray());
        directory.AssertFinds(Outcome.Refused, "MetadataRecordSerde", BrokenDirectory.Metadata, "120");
    }

    [Fact]
    public void A_gap_in_the_metadata_log_is_found()
    {
        using var directory = _directory;
        using var batch = new BatchBuilder(new BatchOptions { BaseOffset = 590, LeaderEpoch = 1 });
        directory.Append(Log, batch.Append(1, null, [1, 20, 0, 0]).Build().ToArray());
        directory.AssertFinds(Outcome.Lost, "QuorumController", BrokenDirectory.Metadata, "from offset 586 to 589");
    }

    [Fact]
    public void A_topic_that_was_deleted_may_leave_a_folder()
    {
        using var directory = _directory;
        Assert.True(Protocol.KafkaUuid.TryParse(File.ReadAllText(directory.PathOf("keyed-0", "partition.metadata"))[^22..], out var id));
        directory.AppendMetadata(MetadataRecord.Of(new RemoveTopicRecord { TopicId = id }));
        directory.AssertFinds(Outcome.Repaired, "BrokerMetadataPublisher", "/keyed-0", "deleted");
    }

    [Fact]
    public void A_user_whose_name_Kafka_cannot_read_at_a_login_is_noted_once()
    {
        using var directory = _directory;
        directory.AppendMetadata(
            MetadataRecord.Of(new UserScramCredentialRecord { Name = "žofie", Mechanism = (sbyte)ScramMechanism.Sha256, Salt = [1], StoredKey = [1], ServerKey = [1], Iterations = 4096 }),
            MetadataRecord.Of(new UserScramCredentialRecord { Name = "žofie", Mechanism = (sbyte)ScramMechanism.Sha512, Salt = [1], StoredKey = [1], ServerKey = [1], Iterations = 4096 }));
        directory.AssertFinds(Outcome.Noted, "ScramMessages", BrokenDirectory.Metadata, "žofie");
        Assert.Single(directory.Check(), finding => finding.KafkaClass == "ScramMessages");
    }

    [Fact]
    public void Settings_of_a_removed_topic_that_Kafka_gives_to_the_next_of_its_name_are_found()
    {
        using var directory = _directory;
        directory.AppendMetadata(Topic(1), Setting("retention.ms"), Setting("cleanup.policy"), RemovedTopic(1), Topic(2), Setting("cleanup.policy"));
        var finding = directory.AssertFinds(Outcome.Lost, "ConfigurationsDelta", BrokenDirectory.Metadata, "a topic again with retention.ms behind");
        Assert.Contains("moldau handover DIR", finding.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_of_a_removed_topic_are_noted_while_no_other_has_its_name()
    {
        using var directory = _directory;
        directory.AppendMetadata(Topic(1), Setting("retention.ms"), RemovedTopic(1));
        directory.AssertFinds(Outcome.Noted, "ConfigurationsDelta", BrokenDirectory.Metadata, "again");
    }

    [Fact]
    public void Settings_of_a_removed_topic_that_were_taken_away_or_set_again_are_no_finding()
    {
        using var directory = _directory;
        directory.AppendMetadata(Topic(1), Setting("retention.ms"), Setting("retention.ms", null), RemovedTopic(1), Topic(2), Setting("retention.ms"));
        Assert.DoesNotContain(directory.Check(), finding => finding.KafkaClass == "ConfigurationsDelta");
    }

    [Theory]
    [InlineData("\"leaderId\":1", "\"leaderId\":2", "QuorumState", "node 2")]
    [InlineData("\"votedId\":-1", "\"votedId\":5", "QuorumState", "node 5")]
    [InlineData("\"leaderEpoch\":1", "\"leaderEpoch\":-1", "QuorumState", "epoch -1")]
    [InlineData("\"data_version\":1", "\"data_version\":7", "FileQuorumStateStore", "7")]
    [InlineData("\"leaderEpoch\":1", "\"leaderEpoch\":\"one\"", "FileQuorumStateStore", "")]
    [InlineData(",\"data_version\":1", "", "FileQuorumStateStore", "")]
    [InlineData("}", "", "FileQuorumStateStore", "")]
    [InlineData("\"data_version\":1", "\"data_version\":0,\"currentVoters\":[{\"voterId\":1},{\"voterId\":2}]", "QuorumState", "1, 2")]
    public void A_state_of_the_quorum_that_cannot_be_is_refused(string from, string to, string kafkaClass, string problem)
    {
        using var directory = _directory;
        directory.Replace(QuorumState, from, to);
        directory.AssertFinds(Outcome.Refused, kafkaClass, QuorumState, problem);
    }

    [Fact]
    public void A_state_of_the_quorum_that_is_behind_the_log_or_missing_is_mended()
    {
        using var directory = _directory;
        directory.Replace(QuorumState, "\"leaderEpoch\":1", "\"leaderEpoch\":0");
        directory.AssertFinds(Outcome.Repaired, "QuorumState", QuorumState, "epoch 0");
        File.Delete(directory.PathOf(QuorumState));
        directory.AssertFinds(Outcome.Repaired, "QuorumState", QuorumState, "missing");
    }

    [Fact]
    public void A_snapshot_with_a_wrong_checksum_is_refused()
    {
        using var directory = _directory;
        directory.Patch(FirstSnapshot, 300, 0x55, 0x55);
        directory.AssertFinds(Outcome.Refused, "RecordsSnapshotReader", FirstSnapshot, "checksum");
    }

    [Fact]
    public void A_snapshot_without_a_footer_is_taken_for_whole()
    {
        using var directory = _directory;
        directory.CutEnd(FirstSnapshot, 76);
        directory.AssertFinds(Outcome.Lost, "RecordsSnapshotReader", FirstSnapshot, "footer");
    }

    [Fact]
    public void A_snapshot_without_a_header_is_refused()
    {
        using var directory = _directory;
        using var batch = new BatchBuilder();
        File.WriteAllBytes(directory.PathOf(FirstSnapshot), batch.Append(1, null, [1, 20, 0, 0]).Build().ToArray());
        directory.AssertFinds(Outcome.Refused, "RecordsSnapshotReader", FirstSnapshot, "header");
    }

    [Theory]
    [InlineData("00000000000000000300-0000000001.checkpoint", Outcome.Lost, "KRaftControlRecordStateMachine")]
    [InlineData("00000000000000000700-0000000001.checkpoint", Outcome.Lost, "KafkaRaftLog")]
    [InlineData("00000000000000000000-0000000000.checkpoint.part", Outcome.Repaired, "KafkaRaftLog")]
    [InlineData("00000000000000000000-0000000000.checkpoint.deleted", Outcome.Repaired, "KafkaRaftLog")]
    [InlineData("latest.checkpoint", Outcome.Refused, "Snapshots")]
    internal void A_snapshot_under_another_name_is_found(string name, Outcome outcome, string kafkaClass)
    {
        using var directory = _directory;
        File.Move(directory.PathOf(FirstSnapshot), directory.PathOf(BrokenDirectory.Metadata, name));
        directory.AssertFinds(outcome, kafkaClass, name);
    }

    [Fact]
    public void A_first_snapshot_of_a_later_epoch_than_the_log_takes_its_place()
    {
        using var directory = _directory;
        const string Name = "00000000000000000000-0000000007.checkpoint";
        File.Move(directory.PathOf(FirstSnapshot), directory.PathOf(BrokenDirectory.Metadata, Name));
        directory.AssertFinds(Outcome.Lost, "KafkaRaftLog", Name, "epoch 7");
    }

    [Fact]
    public void A_snapshot_that_does_not_say_what_the_log_says_is_found()
    {
        using var directory = _directory;
        var files = new DiskFileStore();
        var last = LastBatch(directory.PathOf(Log));
        var bootstrap = new List<QuorumRecord>();
        var records = new List<MetadataRecord>();
        var snapshots = new MetadataSnapshots(files, directory.PathOf(BrokenDirectory.Metadata));
        snapshots.Read(default, records.Add, bootstrap.Add);
        var id = new SnapshotId(586, last.LeaderEpoch);
        snapshots.Write(id, [QuorumRecord.SnapshotHeader(last.MaxTimestamp), .. bootstrap.GetRange(1, 2)], records, last.MaxTimestamp);
        directory.AssertFinds(Outcome.Lost, "KRaftControlRecordStateMachine", id.FileName, "the topic");
    }

    [Fact]
    public void A_log_that_begins_late_needs_a_snapshot()
    {
        using var directory = _directory;
        File.Delete(directory.PathOf(FirstSnapshot));
        using var batch = new BatchBuilder(new BatchOptions { BaseOffset = 100, LeaderEpoch = 1 });
        File.Delete(directory.PathOf(Log));
        File.WriteAllBytes(directory.PathOf(BrokenDirectory.Metadata, "00000000000000000100.log"), batch.Append(1, null, [1, 20, 0, 0]).Build().ToArray());
        directory.AssertFinds(Outcome.Refused, "KafkaRaftLog", BrokenDirectory.Metadata, "no snapshot");
    }

    [Fact]
    public void Settings_that_the_snapshot_has_go_with_their_topic_in_Kafka_too()
    {
        var view = new MetadataView();
        foreach (var record in (MetadataRecord[])[Topic(1), Setting("retention.ms")]) view.Apply(record);
        view.EndSnapshot();
        view.Apply(RemovedTopic(1));
        Assert.False(view.NeedsSnapshot);
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void A_partition_without_a_directory_is_lost_only_where_its_directory_was(int directoryId, bool isLost)
    {
        using var directory = _directory;
        var id = new Guid(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, (byte)directoryId);
        directory.AppendMetadata(Topic(1), MetadataRecord.Of(new PartitionRecord { TopicId = IdOf(1), PartitionId = 0, Replicas = [1], Isr = [1], Directories = [id] }));
        Assert.Equal(isLost, directory.Check().Exists(finding => finding.KafkaClass == "ReplicationControlManager"));
    }

    private static MetadataRecord Topic(byte id) => MetadataRecord.Of(new TopicRecord { Name = "again", TopicId = IdOf(id) });

    private static MetadataRecord RemovedTopic(byte id) => MetadataRecord.Of(new RemoveTopicRecord { TopicId = IdOf(id) });

    private static MetadataRecord Setting(string name, string? value = "delete") =>
        MetadataRecord.Of(new ConfigRecord { ResourceType = (sbyte)ConfigResourceType.Topic, ResourceName = "again", Name = name, Value = value });

    private static Guid IdOf(byte id) => new(0x77777777, 0, 0, 0, 0, 0, 0, 0, 0, 0, id);

    private static BatchHeader LastBatch(string path)
    {
        var last = default(BatchHeader);
        for (var batches = new BatchEnumerator(File.ReadAllBytes(path)); batches.MoveNext();) last = batches.Current;
        return last;
    }
}
